import { createHash } from 'node:crypto';
import { objectId, visitId } from '@sotto/protocol/ids';
import { readingNonce } from '@sotto/protocol/keystore';
import { actAnswer, legalHolds, releaseAnswer, restrictions } from '@sotto/protocol/keystoreRoutes';
import {
  directoryView,
  enrolmentView,
  entriesView,
  keptView,
  maxObjectsListed,
  objectPage,
  portalView,
} from '@sotto/protocol/records';
import canonicalize from 'canonicalize';
import { eq } from 'drizzle-orm';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { newId } from '../src/opaqueToken.ts';
import { mintedObjectTable, objectRegistrationTable, sealedObjectTable, visitTable } from '../src/schema.ts';
import { createVisit, joinAsPatient } from './clinic.ts';
import { type Clinician, Records, type WrittenNote } from './records.ts';

const nonce = readingNonce.parse('AAECAwQFBgcICQoLDA0ODw');

let records: Records;
let writer: Clinician;
let colleague: Clinician;
let note: WrittenNote;
// Starts two databases and six processes, on a machine that may be busy with other tests.
beforeAll(async () => {
  records = await Records.start();
  writer = await records.enrolled('physician', 'Dr Ada Writer');
  colleague = await records.enrolled('physician', 'Dr Ben Colleague');
  note = await records.write(writer);
}, 300_000);
afterAll(() => records.close(), 60_000);

const officer = () => records.officer(0);
const get = ({ browser }: Pick<Clinician, 'browser'>, path: string) => browser.send('GET', path);
const post = ({ browser }: Pick<Clinician, 'browser'>, path: string, body?: unknown) =>
  browser.send('POST', path, { body });
const namesOf = (people: readonly { name: string }[]) => people.map(({ name }) => name);

describe('a patient’s key', () => {
  it('is asked for in the visit, signed for by its clinician alone, and opens the patient’s own', async () => {
    const written = await records.write(writer);
    const { visit, pseudonym, object } = written;
    const browser = await joinAsPatient(writer.browser, records.clinic, visit.id);
    const { code, newcomer, answer } = await records.askForCode(written, browser);
    expect(answer.status).toBe(204);
    const waiting = enrolmentView.parse((await get(writer, '/api/keystore/enrolments')).json);
    expect(waiting).toEqual({ enrolments: [newcomer], people: [], patients: [{ id: pseudonym, name: 'Pat Example' }] });
    expect(enrolmentView.parse((await get(colleague, '/api/keystore/enrolments')).json).enrolments).toEqual([]);

    const given = { action: 'enrolPatient', visit: visitId.parse(visit.id), entry: code.entry } as const;
    const foreign = await records.act([colleague], given, newcomer);
    expect(await post(colleague, '/api/keystore/acts', foreign)).toMatchObject({ status: 403 });
    expect((await post(writer, '/api/keystore/acts', await records.act([writer], given, newcomer))).status).toBe(200);

    const patient = { browser, id: pseudonym, passkey: code };
    const asked = { purpose: 'patientRequest' } as const;
    const release = await records.release(patient, [object], asked);
    releaseAnswer.parse((await post(patient, '/api/keystore/releases', release)).json);
    const others = await records.release(patient, [note.object], asked);
    expect(await post(patient, '/api/keystore/releases', others)).toMatchObject({
      status: 403,
      json: { code: 'denied', reasons: ['notOwn'] },
    });
    const read = entriesView.parse(
      (await get(patient, '/api/keystore/entries?nonce=AAECAwQFBgcICQoLDA0ODw&about=own')).json,
    );
    expect(read.entries.length).toBeGreaterThan(2);
  });

  it('is nobody’s to ask for but the patient’s, in that visit, while its time lasts', async () => {
    const visit = await createVisit(writer.browser, records.clinic);
    const browser = await joinAsPatient(writer.browser, records.clinic, visit.id);
    const { patients } = entriesView.parse(
      (await get({ browser }, '/api/keystore/entries?nonce=AAECAwQFBgcICQoLDA0ODw&about=own')).json,
    );
    const pseudonym = patients[0]?.id ?? note.pseudonym;
    expect((await records.askForCode({ visit, pseudonym: note.pseudonym }, browser)).answer.status).toBe(403);
    expect((await records.askForCode({ visit: note.visit, pseudonym }, browser)).answer.status).toBe(403);
    expect((await records.askForCode({ visit, pseudonym }, writer.browser)).answer.status).toBe(403);
    expect((await records.askForCode({ visit, pseudonym }, browser)).answer.status).toBe(204);
    await writer.browser.send('POST', `/api/visits/${visit.id}/end`);
    expect((await records.askForCode({ visit, pseudonym }, browser)).answer.status).toBe(204);
    await records.clinic.context.database
      .update(visitTable)
      .set({ status: 'cancelled' })
      .where(eq(visitTable.id, visitId.parse(visit.id)));
    const { answer } = await records.askForCode({ visit, pseudonym }, browser);
    expect(answer).toMatchObject({ status: 409, json: { code: 'wrongState' } });
  });

  it('is signed for while the visit’s day lasts, also when it has ended, and not after that', async () => {
    const written = await records.write(writer);
    const { visit } = written;
    const browser = await joinAsPatient(writer.browser, records.clinic, visit.id);
    await writer.browser.send('POST', `/api/visits/${visit.id}/end`);
    const startsAt = async (hoursAgo: number) => {
      // The api's own role may not move a visit.
      const owner = new Client(inject('ownerUrl'));
      await owner.connect();
      try {
        const move = 'update clinic.visit set starts_at = now() - make_interval(hours => $1) where id = $2';
        await owner.query(move, [hoursAgo, visit.id]);
      } finally {
        await owner.end();
      }
    };
    const sign = async ({ code, newcomer }: Awaited<ReturnType<typeof records.askForCode>>) => {
      const given = { action: 'enrolPatient', visit: visitId.parse(visit.id), entry: code.entry } as const;
      return post(writer, '/api/keystore/acts', await records.act([writer], given, newcomer));
    };
    const waiting = async () =>
      enrolmentView.parse((await get(writer, '/api/keystore/enrolments')).json).enrolments.length;
    await startsAt(23);
    const asked = await records.askForCode(written, browser);
    const before = await waiting();
    await startsAt(25);
    expect(await waiting()).toBe(before - 1);
    expect(await sign(asked)).toMatchObject({ status: 409, json: { code: 'wrongState' } });
    await startsAt(23);
    expect(await sign(asked)).toMatchObject({ status: 200 });
  });
});

describe('a patient’s own page', () => {
  it('has what was written about them, and their keys, for them alone', async () => {
    const written = await records.write(writer);
    const browser = await joinAsPatient(writer.browser, records.clinic, written.visit.id);
    const portal = async () => portalView.parse((await get({ browser }, `/api/portal?nonce=${nonce}`)).json);
    const before = await portal();
    expect(before).toMatchObject({
      patient: { id: written.pseudonym, name: 'Pat Example' },
      visit: { id: written.visit.id, clinicianName: 'Dr Ada Writer' },
      ...{ keys: [], restrictions: [] },
      list: { payload: { pseudonym: written.pseudonym, nonce, keys: [] } },
    });
    expect(objectPage.parse((await get({ browser }, '/api/portal/objects')).json)).toMatchObject({
      objects: [{ object: written.object, writer: { name: 'Dr Ada Writer' } }],
      next: null,
    });
    const { code, newcomer } = await records.askForCode(written, browser);
    const given = { action: 'enrolPatient', visit: visitId.parse(written.visit.id), entry: code.entry } as const;
    await post(writer, '/api/keystore/acts', await records.act([writer], given, newcomer));
    const { keys, list } = await portal();
    expect(keys).toMatchObject([{ payload: { ...code.entry, enrolledBy: [writer.id] } }]);
    expect(list.payload.keys).toHaveLength(1);
    for (const path of [`/api/portal?nonce=${nonce}`, '/api/portal/objects']) {
      expect((await get(writer, path)).status).toBe(401);
    }
    expect((await get({ browser }, '/api/portal')).status).toBe(400);
  });

  it('has every note, however many there are, the newest first', async () => {
    const written = await records.write(writer);
    const browser = await joinAsPatient(writer.browser, records.clinic, written.visit.id);
    const { database } = records.clinic.context;
    const count = 2 * maxObjectsListed + 5;
    const ids = Array.from({ length: count }, () => newId(objectId));
    const visit = visitId.parse(written.visit.id);
    const [staffId, bytes] = [writer.id, new Uint8Array(1)];
    // Many at the very same time, all older than the one that was written.
    const at = (place: number) => new Date(Date.parse('2026-01-02T03:04:05.678Z') - Math.floor(place / 90) * 1000);
    await database
      .insert(mintedObjectTable)
      .values(ids.map((id, place) => ({ id, visitId: visit, staffId, mintedAt: at(place) })));
    await database
      .insert(sealedObjectTable)
      .values(
        ids.map((id, place) => ({ id, kind: 'note' as const, manifest: bytes, run: bytes, storedAt: at(place) })),
      );
    await database
      .insert(objectRegistrationTable)
      .values(ids.map((id, place) => ({ id, statement: '{}', registeredAt: at(place) })));
    const listed = async (reader: Pick<Clinician, 'browser'>, path: string) => {
      const found: { object: string; storedAt: string }[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page = objectPage.parse((await get(reader, `${path}${cursor && `?before=${cursor}`}`)).json);
        found.push(...page.objects);
        cursor = page.next;
      }
      return found;
    };
    for (const found of [
      await listed({ browser }, '/api/portal/objects'),
      await listed(officer(), `/api/keystore/patients/${written.pseudonym}/objects`),
    ]) {
      expect(found[0]?.object).toBe(written.object);
      expect(found).toHaveLength(count + 1);
      expect(new Set(found.map(({ object }) => object))).toEqual(new Set([written.object, ...ids]));
      const times = found.map(({ storedAt }) => storedAt);
      expect(times).toEqual([...times].sort().reverse());
    }
    expect((await get({ browser }, '/api/portal/objects?before=yesterday')).status).toBe(400);
  });

  it('knows of the directory who wrote about them, and nobody else whose passkey counts', async () => {
    const browser = await joinAsPatient(writer.browser, records.clinic, note.visit.id);
    const own = directoryView.parse((await get({ browser }, '/api/keystore/directory')).json);
    expect(own.entries.map(({ payload }) => payload.subject)).toEqual([writer.id]);
    expect(namesOf(own.people)).toEqual(['Dr Ada Writer']);
    const all = directoryView.parse((await get(writer, '/api/keystore/directory')).json);
    expect(all.entries.length).toBeGreaterThan(3);
    const other = await createVisit(writer.browser, records.clinic);
    const stranger = await joinAsPatient(writer.browser, records.clinic, other.id);
    expect((await get({ browser: stranger }, '/api/keystore/directory')).json).toEqual({
      ...{ entries: [], revocations: [], people: [] },
    });
  });
});

describe('what an officer keeps of a patient', () => {
  it('is a key that two signed for, a hold that bars deletion, and deletion for good', async () => {
    const written = await records.write(writer);
    const { pseudonym, object } = written;
    const browser = await joinAsPatient(writer.browser, records.clinic, written.visit.id);
    const { code, newcomer } = await records.askForCode(written, browser);
    const waiting = enrolmentView.parse((await get(officer(), '/api/keystore/enrolments')).json);
    expect(waiting.enrolments).toContainEqual(newcomer);
    expect(waiting.patients).toEqual([]);

    const both = [officer(), records.officer(1)].sort((a, b) => (a.id < b.id ? -1 : 1));
    const [first = officer()] = both;
    const perform = async (...[signers, given, key]: Parameters<typeof records.act>) =>
      (await post(signers[0] ?? first, '/api/keystore/acts', await records.act(signers, given, key))).status;
    const kept = async () =>
      keptView.parse((await get(first, `/api/keystore/patients/${pseudonym}?nonce=${nonce}`)).json);

    expect(await perform([writer], { action: 'assist', entry: code.entry }, newcomer)).toBe(400);
    expect(await perform(both, { action: 'assist', entry: code.entry }, newcomer)).toBe(200);
    const [{ payload } = { payload: null }] = (await kept()).keys;
    expect(Date.parse(payload?.activeFrom ?? '') - Date.parse(payload?.enrolledAt ?? '')).toBe(24 * 60 * 60_000);
    const patient = { browser, id: pseudonym, passkey: code };
    const early = await records.release(patient, [object], { purpose: 'patientRequest' });
    expect(await post(patient, '/api/keystore/releases', early)).toMatchObject({
      status: 403,
      json: { code: 'notYet' },
    });

    expect(await perform([first], { action: 'hold', pseudonym })).toBe(200);
    expect(await kept()).toMatchObject({ heldSince: expect.any(String) as string });
    const { objects } = objectPage.parse((await get(first, `/api/keystore/patients/${pseudonym}/objects`)).json);
    expect(objects).toMatchObject([{ object }]);
    const { holds } = legalHolds.parse((await get(first, '/api/keystore/holds')).json);
    expect(holds.map((hold) => hold.pseudonym)).toContain(pseudonym);
    expect(await perform(both, { action: 'shred', pseudonym, object })).toBe(409);
    expect(await perform(both, { action: 'liftHold', pseudonym })).toBe(200);
    expect((await kept()).heldSince).toBeNull();
    expect(await perform(both, { action: 'shred', pseudonym, object })).toBe(200);
    const gone = await records.release(writer, [object]);
    expect(await post(writer, '/api/keystore/releases', gone)).toMatchObject({ status: 404 });
  });

  it('is what nobody opens, until two lift it: for the officers, the patient and whoever asks', async () => {
    const written = await records.write(writer);
    const { pseudonym, object } = written;
    const browser = await joinAsPatient(writer.browser, records.clinic, written.visit.id);
    const [first = officer(), second] = [officer(), records.officer(1)].sort((a, b) => (a.id < b.id ? -1 : 1));
    const perform = async (...[signers, given]: Parameters<typeof records.act>) =>
      post(signers[0] ?? first, '/api/keystore/acts', await records.act(signers, given));
    const both = [first, second ?? first];
    const open = async () => post(writer, '/api/keystore/releases', await records.release(writer, [object]));
    const shown = async () => [
      keptView.parse((await get(first, `/api/keystore/patients/${pseudonym}?nonce=${nonce}`)).json).restrictions,
      portalView.parse((await get({ browser }, `/api/portal?nonce=${nonce}`)).json).restrictions,
      restrictions
        .parse((await get(first, '/api/keystore/restrictions')).json)
        .restrictions.filter(({ payload }) => payload.pseudonym === pseudonym),
    ];
    expect((await open()).status).toBe(200);
    expect((await perform([first], { action: 'restrict', pseudonym, object })).status).toBe(400);
    const restricted = await perform(both, { action: 'restrict', pseudonym, object });
    expect(restricted.status).toBe(200);
    const { statement } = actAnswer.parse(restricted.json);
    expect(await shown()).toEqual([[statement], [statement], [statement]]);
    expect(await open()).toMatchObject({ status: 409, json: { code: 'restricted', reasons: [] } });
    expect(await perform(both, { action: 'restrict', pseudonym, object })).toMatchObject({
      ...{ status: 409, json: { code: 'restricted' } },
    });
    const entries = `/api/keystore/entries?about=patient&patient=${pseudonym}&nonce=${nonce}`;
    // Two who signed together are both named.
    const named = namesOf(entriesView.parse((await get(first, entries)).json).people);
    expect(named).toEqual(expect.arrayContaining(both.map(({ name }) => name)));
    const restriction = createHash('sha256')
      .update(canonicalize(statement?.payload) ?? '')
      .digest('base64url');
    expect((await perform([first], { action: 'liftRestriction', pseudonym, object, restriction })).status).toBe(400);
    expect((await perform(both, { action: 'liftRestriction', pseudonym, object, restriction })).status).toBe(200);
    expect(await shown()).toEqual([[], [], []]);
    expect((await open()).status).toBe(200);
    const again = await perform(both, { action: 'liftRestriction', pseudonym, object, restriction });
    expect(again).toMatchObject({ status: 409, json: { code: 'notRestricted' } });
  });

  it('is read by officers alone', async () => {
    const browser = await joinAsPatient(writer.browser, records.clinic, note.visit.id);
    const one = `/api/keystore/patients/${note.pseudonym}`;
    for (const path of [
      '/api/keystore/holds',
      '/api/keystore/restrictions',
      `${one}?nonce=${nonce}`,
      `${one}/objects`,
    ]) {
      expect((await get(writer, path)).status).toBe(403);
      expect((await get({ browser }, path)).status).toBe(403);
      expect((await get({ browser: records.clinic.visitor() }, path)).status).toBe(401);
    }
  });
});
