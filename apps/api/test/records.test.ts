import { decodeEntry, parseProvenEntry } from '@sotto/audit';
import type { ProvenEnrolment } from '@sotto/protocol/keystore';
import { keystoreRefusal, registrationAnswer, releaseAnswer } from '@sotto/protocol/keystoreRoutes';
import {
  directoryView,
  enrolmentView,
  entriesView,
  noticesView,
  sealedList,
  sealedObject,
} from '@sotto/protocol/records';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { giveRole } from '../src/access/roleAssignment.ts';
import { birthDate, createVisit, joinAsPatient } from './clinic.ts';
import { sendPhi } from './phi.ts';
import { type Clinician, Records, type WrittenNote } from './records.ts';

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

describe('a note', () => {
  it('is stored, listed in its visit, and given back as it came', async () => {
    const list = sealedList.parse((await get(writer, `/api/visits/${note.visit.id}/objects`)).json);
    expect(list.objects).toEqual([
      expect.objectContaining({
        ...{ object: note.object, kind: 'note', visitId: note.visit.id, pseudonym: note.pseudonym },
        writer: { id: writer.id, name: writer.name, role: 'physician' },
      }),
    ]);
    const read = sealedObject.parse((await sendPhi(colleague.browser, 'readNote', note.object)).json);
    expect(read).toEqual({ ...list.objects[0], ...note.upload });
  });

  it('is opened by its writer with a passkey, and by nobody without', async () => {
    const release = await records.release(writer, [note.object]);
    const { keys } = releaseAnswer.parse((await post(writer, '/api/keystore/releases', release)).json);
    expect(keys).toMatchObject([{ object: note.object, registration: { payload: { object: note.object } } }]);
    const again = await post(writer, '/api/keystore/releases', release);
    expect(again.json).toEqual({ isWitnessed: true, keys });
  });

  it('is refused to a clinician without a visit with the patient, in the keystore’s own words', async () => {
    const answer = await post(colleague, '/api/keystore/releases', await records.release(colleague, [note.object]));
    expect(answer.status).toBe(403);
    expect(keystoreRefusal.parse(answer.json)).toMatchObject({ code: 'denied', reasons: [expect.any(String)] });
  });

  it('may be handed in again as it is, and not otherwise', async () => {
    const put = (upload: object, { browser }: Clinician = writer) => sendPhi(browser, 'storeNote', note.object, upload);
    const first = registrationAnswer.parse((await put(note.upload)).json);
    expect(first.statement.payload).toMatchObject({ object: note.object, writer: writer.id, kind: 'note' });
    const other = await records.write(writer, { visit: note.visit, isStored: false });
    expect(await put(other.upload)).toMatchObject({ status: 400, json: { code: 'unsealedPhi' } });
    const run = Buffer.from(note.upload.run, 'base64url');
    run[run.length - 1] = (run[run.length - 1] ?? 0) ^ 1;
    const changed = { ...note.upload, run: run.toString('base64url') };
    expect(await put(changed)).toMatchObject({ status: 409, json: { code: 'conflict' } });
    expect(await put({ ...note.upload, run: note.upload.run.slice(0, -8) })).toMatchObject({ status: 400 });
    expect(await put(note.upload, colleague)).toMatchObject({ status: 404, json: { code: 'notFound' } });
    expect(await put(note.upload)).toMatchObject({ status: 200, json: { statement: first.statement } });
  });

  it('is finished by the same request when the keystore was away in between', async () => {
    const late = await records.write(writer, { isStored: false });
    const put = () => sendPhi(writer.browser, 'storeNote', late.object, late.upload);
    await records.keystore.stop();
    const listed = async () =>
      sealedList
        .parse((await get(writer, `/api/visits/${late.visit.id}/objects`)).json)
        .objects.map(({ object }) => object);
    expect(await put()).toMatchObject({ status: 503, json: { code: 'unavailable' } });
    expect(await listed()).toEqual([]);
    expect(await sendPhi(writer.browser, 'readNote', late.object)).toMatchObject({ status: 404 });
    await records.keystore.start();
    expect(registrationAnswer.parse((await put()).json).statement.payload).toMatchObject({ object: late.object });
    expect(await listed()).toEqual([late.object]);
    expect((await sendPhi(writer.browser, 'readNote', late.object)).status).toBe(200);
    expect((await put()).status).toBe(200);
  }, 120_000);

  it('is for its own patient to read and open, and for no other', async () => {
    const patient = { browser: await joinAsPatient(writer.browser, records.clinic, note.visit.id) };
    expect(sealedObject.parse((await sendPhi(patient.browser, 'readNote', note.object)).json)).toMatchObject(
      note.upload,
    );
    expect((await get(patient, `/api/visits/${note.visit.id}/objects`)).status).toBe(401);
    const other = await createVisit(writer.browser, records.clinic);
    const stranger = { browser: await joinAsPatient(writer.browser, records.clinic, other.id) };
    expect(await sendPhi(stranger.browser, 'readNote', note.object)).toMatchObject({ status: 404 });
    expect((await sendPhi(records.clinic.visitor(), 'readNote', note.object)).status).toBe(401);
  });
});

describe('who may ask the keystore what', () => {
  it('gets names beside pseudonyms: of staff always, of patients only their clinicians', async () => {
    const own = entriesView.parse(
      (await get(writer, '/api/keystore/entries?nonce=AAECAwQFBgcICQoLDA0ODw&about=own')).json,
    );
    expect(namesOf(own.people)).toContain('Dr Ada Writer');
    expect(own.patients).toContainEqual({ id: note.pseudonym, name: 'Pat Example' });
    const all = entriesView.parse(
      (await get(officer(), '/api/keystore/entries?nonce=AAECAwQFBgcICQoLDA0ODw&about=all&limit=50')).json,
    );
    expect(namesOf(all.people)).toEqual(expect.arrayContaining(['Dr Ada Writer', 'Dr Ben Colleague']));
    expect(all.patients).toEqual([]);
    const refusals = entriesView.parse(
      (await get(colleague, '/api/keystore/entries?nonce=AAECAwQFBgcICQoLDA0ODw&about=own')).json,
    );
    expect(refusals.entries.length).toBeGreaterThan(0);
    expect(refusals.patients).toEqual([]);
    const { people } = directoryView.parse((await get(writer, '/api/keystore/directory')).json);
    expect(namesOf(people)).toEqual(expect.arrayContaining(['First Officer', 'Second Officer', 'Dr Ben Colleague']));
  });

  it('reads the log of an own patient, and of no other', async () => {
    const about = `/api/keystore/entries?nonce=AAECAwQFBgcICQoLDA0ODw&about=patient&patient=${note.pseudonym}`;
    const read = entriesView.parse((await get(writer, about)).json);
    expect(read.entries.length).toBeGreaterThan(1);
    expect(await get(colleague, about)).toMatchObject({ status: 404, json: { code: 'notFound' } });
    const seen = entriesView.parse((await get(officer(), about)).json);
    expect(seen.entries.length).toBeGreaterThan(read.entries.length);
    expect(seen.patients).toEqual([]);
    const patient = { browser: await joinAsPatient(writer.browser, records.clinic, note.visit.id) };
    const theirs = entriesView.parse(
      (await get(patient, '/api/keystore/entries?nonce=AAECAwQFBgcICQoLDA0ODw&about=patient')).json,
    );
    expect(theirs.patients).toEqual([{ id: note.pseudonym, name: 'Pat Example' }]);
    const foreign = `/api/keystore/entries?nonce=AAECAwQFBgcICQoLDA0ODw&about=patient&patient=${'n'.repeat(22)}`;
    expect((await get(patient, foreign)).status).toBe(404);
  });

  it('follows one member of staff for an officer, and for nobody else', async () => {
    const about = `/api/keystore/entries?nonce=AAECAwQFBgcICQoLDA0ODw&about=person&person=${writer.id}`;
    const { entries } = entriesView.parse((await get(officer(), about)).json);
    expect(entries.length).toBeGreaterThan(1);
    for (const line of entries) expect(line).toContain(`"actor":"${writer.id}`);
    expect(await get(writer, about)).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    const nobody = '/api/keystore/entries?nonce=AAECAwQFBgcICQoLDA0ODw&about=person';
    expect(await get(officer(), nobody)).toMatchObject({ status: 400, json: { code: 'invalid' } });
  });

  it.each([
    ['all entries', '/api/keystore/entries?nonce=AAECAwQFBgcICQoLDA0ODw&about=all'],
    ['notices', '/api/keystore/notices'],
  ])('shows %s to officers alone', async (_, path) => {
    const patient = { browser: await joinAsPatient(writer.browser, records.clinic, note.visit.id) };
    expect((await get(officer(), path)).status).toBe(200);
    for (const reader of [writer, patient]) {
      expect(await get(reader, path)).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    }
    expect((await get({ browser: records.clinic.visitor() }, path)).status).toBe(401);
  });

  it('lists enrolments to whoever is to sign them', async () => {
    const newcomer = await records.stranger('physician', 'Dr New');
    const enrolment = await records.askForEnrolment(newcomer);
    const { enrolments, people } = enrolmentView.parse((await get(officer(), '/api/keystore/enrolments')).json);
    expect(enrolments).toContainEqual(enrolment);
    expect(namesOf(people)).toContain('Dr New');
    expect(enrolmentView.parse((await get(colleague, '/api/keystore/enrolments')).json).enrolments).toEqual([]);
    const nurse = await records.stranger('nurse');
    expect((await get(nurse, '/api/keystore/enrolments')).status).toBe(403);
  });

  it('sees by the role that permits it, whatever the account is called', async () => {
    const { context } = records.clinic;
    const former = await records.stranger('privacyOfficer', 'Former Officer');
    const waiting = await records.askForEnrolment(await records.stranger('physician', 'Dr Waiting'));
    const list = async () => enrolmentView.parse((await get(former, '/api/keystore/enrolments')).json);
    expect((await list()).enrolments).toContainEqual(waiting);
    const owner = new Client({ connectionString: inject('ownerUrl') });
    await owner.connect();
    await owner.query('update clinic.role_assignment set valid_from = $2, valid_until = $3 where staff_id = $1', [
      former.id,
      ...[new Date(0), context.now()],
    ]);
    await owner.end();
    await giveRole(context.database, former.id, 'physician', context.now());
    expect(await list()).toMatchObject({ enrolments: [], people: [] });
    const entries = '/api/keystore/entries?nonce=AAECAwQFBgcICQoLDA0ODw&about';
    expect((await get(former, `${entries}=all`)).status).toBe(403);
    const { reading } = entriesView.parse((await get(former, `${entries}=own`)).json);
    const { content } = parseProvenEntry(reading).leaf;
    expect(content && decodeEntry(content.encoded).role).toBe('relayed:physician');
    // Nor do the officers make an officer of them any more.
    const call = await records.act(
      [records.officer(0), records.officer(1)],
      { action: 'enrol', entry: records.entryOf(former) },
      records.enrolmentOf(former),
    );
    expect(await post(officer(), '/api/keystore/acts', call)).toMatchObject({ status: 403 });
  });

  it('tells officers what happened', async () => {
    const first = noticesView.parse((await get(officer(), '/api/keystore/notices')).json);
    expect(namesOf(first.people).length).toBeGreaterThan(0);
    const last = first.notices.at(-1)?.id ?? 0;
    const rest = noticesView.parse((await get(officer(), `/api/keystore/notices?after=${last}`)).json);
    expect(rest).toEqual({ notices: [], people: [] });
  });

  it('asks for themselves alone', async () => {
    const [release, enrolment] = [await records.release(writer, [note.object]), records.enrolmentOf(writer)];
    const act = await records.act([officer()], { action: 'hold', pseudonym: note.pseudonym });
    expect(await post(colleague, '/api/keystore/releases', release)).toMatchObject({ status: 403 });
    expect(await post(colleague, '/api/keystore/enrolments', enrolment)).toMatchObject({ status: 403 });
    expect(await post(colleague, '/api/keystore/acts', act)).toMatchObject({ status: 403 });
    const raised = { ...colleague, role: 'privacyOfficer' } as const;
    const promoted = records.enrolmentOf(raised);
    expect(await post(colleague, '/api/keystore/enrolments', promoted)).toMatchObject({ status: 403 });
  });

  it('makes nobody an officer whose account isn’t one', async () => {
    const [one, two] = [records.officer(0), records.officer(1)];
    const newcomer = await records.stranger('physician', 'Dr Raised');
    const call = (person: Clinician, enrolment: ProvenEnrolment) =>
      records.act([one, two], { action: 'enrol', entry: records.entryOf(person) }, enrolment);
    const impostor = { ...newcomer, role: 'privacyOfficer' } as const;
    const raised = await call(impostor, records.enrolmentOf(impostor));
    expect(await post(one, '/api/keystore/acts', raised)).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    const third = await records.stranger('privacyOfficer', 'Third Officer');
    const welcome = await call(third, await records.askForEnrolment(third));
    expect((await post(one, '/api/keystore/acts', welcome)).json).toMatchObject({ statement: {} });
  });

  it('has no visits as an officer', async () => {
    const { id } = note.visit;
    const calls = [
      get(officer(), `/api/visits/${id}`),
      post(officer(), `/api/visits/${id}/ticket`, { leaf: 'L'.repeat(43) }),
      post(officer(), `/api/visits/${id}/objects`),
      get(officer(), `/api/visits/${id}/objects`),
      post(officer(), '/api/visits', { patientName: 'A', birthDate, startsAt: new Date().toISOString(), minutes: 20 }),
    ];
    for (const call of calls) expect(await call).toMatchObject({ status: 403, json: { code: 'forbidden' } });
  });

  it('asks for the patient or the clinician of a browser in which both are signed in', async () => {
    const both = await joinAsPatient(writer.browser, records.clinic, note.visit.id);
    for (const [name, value] of writer.browser.cookies) both.cookies.set(name, value);
    for (const path of ['/api/keystore/nonces', '/api/keystore/nonces?as=visit', '/api/keystore/nonces?as=staff']) {
      expect((await both.send('POST', path)).status).toBe(201);
    }
    const patient = { browser: await joinAsPatient(writer.browser, records.clinic, note.visit.id) };
    expect((await post(patient, '/api/keystore/nonces?as=staff')).status).toBe(403);
  });
});

describe('what anybody may send', () => {
  it('is limited for one account', async () => {
    const eager = await records.stranger();
    const statuses = new Set<number>();
    for (let round = 0; round < 125; round++) statuses.add((await post(eager, '/api/keystore/nonces')).status);
    expect(statuses).toEqual(new Set([201, 429]));
    expect((await post(writer, '/api/keystore/nonces')).status).toBe(201);
  });

  it('has a size: notes are large, everything else is small', async () => {
    const large = { manifest: 'A'.repeat(1_048_576), run: 'A'.repeat(699_051) };
    expect((await sendPhi(writer.browser, 'storeNote', note.object, large)).json).toMatchObject({
      code: 'unsealedPhi',
    });
    const larger = { manifest: 'A'.repeat(2_000_000), run: 'A' };
    expect((await sendPhi(writer.browser, 'storeNote', note.object, larger)).json).toMatchObject({ code: 'invalid' });
    expect((await post(writer, '/api/keystore/releases', { request: 'A'.repeat(33_000) })).status).toBe(400);
    expect((await post(writer, '/api/keystore/enrolments', { enrolment: 'A'.repeat(17_000) })).status).toBe(400);
  });

  it('leaves nothing of itself in the log', async () => {
    await writer.browser.send(
      'GET',
      `/api/keystore/entries?nonce=AAECAwQFBgcICQoLDA0ODw&about=patient&patient=${note.pseudonym}`,
    );
    const logged = records.clinic.log.join('\n');
    const { object, pseudonym, upload } = note;
    const needles = [object, pseudonym, upload.manifest, upload.run, writer.passkey.credential, writer.name];
    for (const needle of needles) expect(logged).not.toContain(needle.slice(0, 40));
  });
});
