import type { ObjectId, PatientId } from '@sotto/protocol/ids';
import { registrationAnswer, releaseAnswer } from '@sotto/protocol/keystoreRoutes';
import { partGrant, partList, sealedRecording } from '@sotto/protocol/recordings';
import { objectPage, sealedList } from '@sotto/protocol/records';
import { ConfigurationError, folderId, type PartName, UnavailableError } from '@sotto/storage';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { KeystoreClient } from '../src/keystoreClient.ts';
import { keepRecordings } from '../src/recordingKeeping.ts';
import type { RecordingStorage } from '../src/recordingStorage.ts';
import { storedObjectTable } from '../src/schema.ts';
import { type Changes, RecordedVisit } from './recordedVisit.ts';
import { type Clinician, Records } from './records.ts';

let records: Records;
let physician: Clinician;
let colleague: Clinician;
let visit: RecordedVisit;
beforeAll(async () => {
  records = await Records.start();
  physician = await records.enrolled('physician', 'Dr Ada Recorder');
  colleague = await records.enrolled('physician', 'Dr Ben Colleague');
  visit = await RecordedVisit.begin(records, physician);
}, 300_000);
afterAll(() => records.close(), 60_000);

const tend = (changes: Partial<RecordingStorage> = {}, keystore: KeystoreClient = records.clinic.context.keystore) => {
  const { context } = records.clinic;
  return keepRecordings({ ...context, keystore, storage: { ...context.storage, ...changes } });
};
const nothing = {
  ...{ shredded: 0, abandoned: 0, finished: 0, retained: 0, held: 0, released: 0, keptBack: 0, postponed: 0 },
};
/** Names of an object's parts in the storage itself, the manifest too. */
async function inStorage(object: ObjectId): Promise<string[]> {
  const { database, storage } = records.clinic.context;
  const [stored] = await database.select().from(storedObjectTable).where(eq(storedObjectTable.id, object));
  const names: string[] = [];
  if (stored) for await (const { name } of storage.store.list(folderId(stored.folder))) names.push(name);
  return names;
}
const shred = async (pseudonym: PatientId, object: ObjectId | null) => {
  const officers = [records.officer(0), records.officer(1)];
  const call = await records.act(officers, { action: 'shred', pseudonym, object });
  return records.officer(0).browser.send('POST', '/api/keystore/acts', { body: call });
};

const get = ({ browser }: Pick<Clinician, 'browser'>, path: string, range?: string) =>
  browser.send('GET', path, range === undefined ? {} : { headers: { range } });

describe('a recording', () => {
  it('goes in by parts and comes out by ranges, as it was', async () => {
    const track = await visit.track(1);
    const path = `/api/objects/${track.object}`;
    await visit.putAll(track);
    const [first] = track.parts;
    if (!first) throw new Error('there are parts');
    expect((await visit.put(track.object, first)).status).toBe(204);
    const lengths = track.parts.map(({ leaf, octets }) => ({ leaf, length: octets.byteLength }));
    expect(partList.parse((await get(physician, `${path}/parts`)).json).parts).toEqual(lengths);
    expect((await get(colleague, `${path}/parts`)).status).toBe(404);
    expect((await get(physician, `${path}/recording`)).status).toBe(404);

    const answer = await visit.handIn(track);
    const { statement } = registrationAnswer.parse(answer.json);
    expect(statement.payload).toMatchObject({ object: track.object, kind: 'recording', writer: physician.id });
    expect((await visit.handIn(track)).json).toEqual(answer.json);

    const read = sealedRecording.parse((await get(colleague, `${path}/recording`)).json);
    expect(read).toMatchObject({
      ...track.upload,
      kind: 'recording',
      recording: { id: visit.terms.recording, track: 1 },
    });
    const listed = sealedList.parse((await get(physician, `/api/visits/${visit.visit.id}/objects`)).json);
    expect(listed.objects).toEqual([expect.objectContaining({ object: track.object, kind: 'recording' })]);
    const patient = { browser: visit.patient };
    expect(objectPage.parse((await get(patient, '/api/portal/objects')).json).objects).toEqual(listed.objects);
    expect(partList.parse((await get(patient, `${path}/parts`)).json).parts).toEqual(lengths);
    for (const { leaf, octets } of track.parts) {
      const piece = await get(patient, `${path}/parts/${leaf}`, 'bytes=0-');
      expect([piece.status, Buffer.compare(piece.body, octets)]).toEqual([206, 0]);
    }
    const piece = await get(colleague, `${path}/parts/${first.leaf}`, 'bytes=5-14');
    expect(piece.headers['content-range']).toBe(`bytes 5-14/${first.octets.byteLength}`);
    expect(Buffer.compare(piece.body, first.octets.subarray(5, 15))).toBe(0);
    const release = await records.release(physician, [track.object]);
    const released = await physician.browser.send('POST', '/api/keystore/releases', { body: release });
    expect(releaseAnswer.parse(released.json).keys).toMatchObject([{ registration: statement }]);
  });
});

describe('what is put', () => {
  it('is of who minted it, of the length that was granted, once', async () => {
    const track = await visit.track(0);
    const [part, other] = track.parts;
    if (!part || !other) throw new Error('there are parts');
    const path = `/api/objects/${track.object}/parts`;
    const body = { leaf: part.leaf, length: part.octets.byteLength };
    const direct = (octets: Uint8Array, { browser }: Clinician = physician) =>
      browser.send('PUT', `${path}/${part.leaf}`, { octets });
    expect(await direct(part.octets)).toMatchObject({ status: 400, json: { code: 'invalid' } });
    expect(await colleague.browser.send('POST', path, { body })).toMatchObject({ status: 404 });
    expect(await visit.patient.send('POST', path, { body })).toMatchObject({ status: 401 });
    for (const leaf of ['manifest', '0000-1', '1024-000000', '../head', '']) {
      expect(await physician.browser.send('POST', path, { body: { ...body, leaf } })).toMatchObject({ status: 400 });
    }
    expect(await physician.browser.send('POST', path, { body: { ...body, length: 1_048_577 } })).toMatchObject({
      status: 400,
    });
    const grant = partGrant.parse((await physician.browser.send('POST', path, { body })).json);
    expect(grant.headers).toEqual({});
    expect(await physician.browser.send('POST', path, { body: { ...body, length: 5 } })).toMatchObject({ status: 409 });
    expect((await direct(part.octets, colleague)).status).toBe(404);
    expect((await direct(part.octets.subarray(1))).status).toBe(400);
    expect((await direct(Buffer.concat([part.octets, Buffer.alloc(1)]))).status).toBe(400);
    expect((await direct(new Uint8Array())).status).toBe(400);
    const visitor = records.clinic.visitor();
    const byTicket = (octets: Uint8Array, url = grant.url) => visitor.send('PUT', url, { octets });
    expect((await byTicket(part.octets.subarray(1))).status).toBe(400);
    expect(
      (await byTicket(part.octets, `${grant.url.slice(0, -1)}${grant.url.endsWith('A') ? 'B' : 'A'}`)).status,
    ).toBe(401);
    const foreign = await visitor.send('PUT', grant.url, {
      octets: part.octets,
      headers: { origin: 'https://evil.example' },
    });
    expect(foreign.status).toBe(403);
    expect(await inStorage(track.object)).toEqual([]);

    expect((await byTicket(part.octets)).status).toBe(201);
    expect((await byTicket(other.octets)).status).toBe(204);
    expect((await direct(part.octets)).status).toBe(204);
    const changed = Buffer.from(part.octets);
    changed[7] = (changed[7] ?? 0) ^ 1;
    expect(await direct(changed)).toMatchObject({ status: 409, json: { code: 'conflict' } });
    const read = await get(physician, `${path}/${part.leaf}`, 'bytes=0-');
    expect(Buffer.compare(read.body, part.octets)).toBe(0);
    records.clinic.advance(0.3);
    expect((await byTicket(part.octets)).status).toBe(401);
    records.clinic.advance(-0.3);
  });

  it('goes by the store’s own ticket, or by the api’s route where the store gives none', async () => {
    const track = await visit.track(0);
    const [part] = track.parts;
    if (!part) throw new Error('there are parts');
    const ask = async () =>
      partGrant.parse(
        (
          await physician.browser.send('POST', `/api/objects/${track.object}/parts`, {
            body: { leaf: part.leaf, length: part.octets.byteLength },
          })
        ).json,
      );
    const expires = new Date(Date.now() + 60_000);
    const url = 'https://store.example/bucket/name?signature=0';
    const presign = vi.spyOn(records.clinic.context.storage.store, 'presignPart');
    try {
      presign.mockResolvedValueOnce({ tag: 'url', url, headers: { 'if-none-match': '*' }, expires });
      expect(await ask()).toEqual({ url, headers: { 'if-none-match': '*' }, expiresAt: expires.toISOString() });
      presign.mockRejectedValueOnce(new ConfigurationError('unsignedHeaders'));
      const grant = await ask();
      expect(grant).toEqual({
        ...{ url: `/api/objects/${track.object}/parts/${part.leaf}`, headers: {}, expiresAt: null },
      });
      expect((await physician.browser.send('PUT', grant.url, { octets: part.octets })).status).toBe(201);
      presign.mockRejectedValueOnce(new ConfigurationError('versioning'));
      const refusal = await physician.browser.send('POST', `/api/objects/${track.object}/parts`, {
        body: { leaf: part.leaf, length: part.octets.byteLength },
      });
      expect(refusal).toMatchObject({ status: 503, json: { code: 'unavailable' } });
    } finally {
      presign.mockRestore();
    }
  });

  it('comes out by one range, and not otherwise', async () => {
    const track = await visit.track(0);
    const [part] = track.parts;
    if (!part) throw new Error('there are parts');
    await visit.put(track.object, part);
    const path = `/api/objects/${track.object}/parts/${part.leaf}`;
    const { byteLength } = part.octets;
    for (const range of [
      undefined,
      'bytes=-5',
      'bytes=5-4',
      'bytes=0-1,3-4',
      'bytes=0-1048576',
      'octets=0-1',
      'planted',
    ]) {
      expect((await get(physician, path, range)).status).toBe(400);
    }
    const beyond = await get(physician, path, `bytes=${byteLength}-`);
    expect([beyond.status, beyond.headers['content-range']]).toEqual([416, `bytes */${byteLength}`]);
    const end = await get(physician, path, `bytes=${byteLength - 3}-${byteLength + 100}`);
    expect([end.status, end.headers['content-range'], end.body.length]).toEqual([
      ...[206, `bytes ${byteLength - 3}-${byteLength - 1}/${byteLength}`, 3],
    ]);
    expect((await get(physician, `/api/objects/${track.object}/parts/0009-000000`, 'bytes=0-1')).status).toBe(404);
    expect((await get(colleague, path, 'bytes=0-1')).status).toBe(404);
    expect((await get({ browser: visit.patient }, path, 'bytes=0-1')).status).toBe(404);
    expect((await get({ browser: records.clinic.visitor() }, path, 'bytes=0-1')).status).toBe(401);
  });
});

describe('what is handed in', () => {
  it('waits for every part, and takes no part more', async () => {
    const track = await visit.track(0);
    const { parts, object } = track;
    const wanting = { status: 409, json: { code: 'wrongState' } };
    expect(await visit.handIn(track)).toMatchObject(wanting);
    for (const part of parts.slice(1)) await visit.put(object, part);
    expect(await visit.handIn(track)).toMatchObject(wanting);
    const [first] = parts;
    if (!first) throw new Error('there are parts');
    await visit.put(object, first);
    await visit.put(object, { leaf: '0001-000009', octets: first.octets });
    expect(await visit.handIn(track)).toMatchObject(wanting);

    const another = await visit.track(0);
    await visit.putAll(another);
    expect((await visit.handIn(another)).status).toBe(200);
    expect(await visit.put(another.object, { leaf: '0002-000000', octets: first.octets })).toMatchObject(wanting);
    expect(await inStorage(another.object)).toHaveLength(another.parts.length + 1);
  });

  it('is refused where the recorder forged something, and may be handed in rightly then', async () => {
    const forger = await RecordedVisit.begin(records, physician);
    const good = await forger.track(0);
    await forger.putAll(good);
    const forgeries: Changes[] = [
      { signer: forger.members[0].key.signer },
      { roster: 'A'.repeat(43) },
      {
        evidence: (evidence) => ({
          ...evidence,
          consents: evidence.consents.map((one) => ({ ...one, signature: 'A'.repeat(86) })),
        }),
      },
      { evidence: (evidence) => ({ ...evidence, consents: evidence.consents.slice(1) }) },
      {
        evidence: (evidence) => ({
          ...evidence,
          tracks: evidence.tracks.toReversed(),
          consents: evidence.consents.slice(0, 1),
        }),
      },
    ];
    for (const changes of forgeries) {
      const { upload } = await forger.track(0, { ...changes, of: good });
      expect([400, 403]).toContain((await forger.handIn({ object: good.object, upload })).status);
    }
    const elsewhere = await visit.track(0);
    expect(await forger.handIn({ object: good.object, upload: elsewhere.upload })).toMatchObject({ status: 400 });
    const listed = async () =>
      sealedList.parse((await get(physician, `/api/visits/${forger.visit.id}/objects`)).json).objects.length;
    expect(await listed()).toBe(0);
    expect((await forger.handIn(good)).status).toBe(200);
    expect(await listed()).toBe(1);
  });

  it('is finished when the keystore or the storage was away: at the start, in the middle, at the end', async () => {
    const late = await RecordedVisit.begin(records, physician);
    const track = await late.track(0);
    const [first, ...others] = track.parts;
    if (!first) throw new Error('there are parts');
    const { storage } = records.clinic.context;
    const away = async <T>(act: () => Promise<T>): Promise<T> => {
      const broken = vi.spyOn(storage.store, 'create').mockRejectedValue(new UnavailableError('EIO'));
      const list = vi.spyOn(storage.store, 'list').mockImplementation(() => {
        throw new UnavailableError('EIO');
      });
      try {
        return await act();
      } finally {
        broken.mockRestore();
        list.mockRestore();
      }
    };
    const unavailable = { status: 503, json: { code: 'unavailable' } };
    expect(await away(() => late.put(track.object, first))).toMatchObject(unavailable);
    expect((await late.put(track.object, first)).status).toBe(201);
    for (const part of others) await late.put(track.object, part);
    expect(await away(() => late.handIn(track))).toMatchObject(unavailable);
    await records.keystore.stop();
    const minting = await physician.browser.send('POST', `/api/visits/${late.visit.id}/objects`);
    expect(minting).toMatchObject(unavailable);
    expect(await late.handIn(track)).toMatchObject(unavailable);
    expect((await get(physician, `/api/objects/${track.object}/recording`)).status).toBe(404);
    expect((await tend()).postponed).toBeGreaterThan(0);
    await records.keystore.start();
    // The api looks after it by itself, if the browser doesn't come back.
    expect(await tend()).toMatchObject({ finished: 1 });
    expect((await late.handIn(track)).status).toBe(200);
    expect((await get(physician, `/api/objects/${track.object}/recording`)).status).toBe(200);
  }, 120_000);
});

describe('looking after what is stored', () => {
  it('takes away what was shredded, and nothing else', async () => {
    const own = await RecordedVisit.begin(records, physician);
    const [gone, stays] = [await own.track(0), await own.track(1)];
    for (const track of [gone, stays]) {
      await own.putAll(track);
      expect((await own.handIn(track)).status).toBe(200);
    }
    const { pseudonym } = gone.minted.payload;
    const path = (object: ObjectId) => `/api/objects/${object}/parts`;
    expect((await shred(pseudonym, gone.object)).status).toBe(200);
    expect(await tend()).toMatchObject({ shredded: 1 });
    expect(await inStorage(gone.object)).toEqual([]);
    expect(await inStorage(stays.object)).toHaveLength(stays.parts.length + 1);
    expect((await get(physician, path(gone.object))).status).toBe(404);
    expect((await get(physician, `/api/objects/${gone.object}/recording`)).status).toBe(404);
    const [part] = gone.parts;
    if (!part) throw new Error('there are parts');
    expect((await own.put(gone.object, part)).status).toBe(404);
    expect(await tend()).toEqual(nothing);
    expect((await shred(pseudonym, null)).status).toBe(200);
    expect(await tend()).toMatchObject({ shredded: 1 });
    expect(await inStorage(stays.object)).toEqual([]);
  });

  it('takes away what nobody came back to hand in, but nothing of who is under legal hold', async () => {
    const own = await RecordedVisit.begin(records, physician);
    const track = await own.track(0);
    const [part] = track.parts;
    if (!part) throw new Error('there are parts');
    await own.put(track.object, part);
    expect(await tend({ abandonDays: 1 })).toEqual(nothing);
    const { pseudonym } = track.minted.payload;
    const officer = records.officer(0);
    const held = await records.act([officer], { action: 'hold', pseudonym });
    expect((await officer.browser.send('POST', '/api/keystore/acts', { body: held })).status).toBe(200);
    const registered = await own.track(1);
    await own.putAll(registered);
    await own.handIn(registered);
    expect(await tend()).toEqual({ ...nothing, held: 1 });
    const { storage } = records.clinic.context;
    const [name] = (await inStorage(registered.object)) as PartName[];
    if (name === undefined) throw new Error('there are parts');
    expect((await storage.store.inspect(name))?.held).toBe(true);
    const later = async () => {
      const { context } = records.clinic;
      return keepRecordings({ ...context, now: () => new Date(Date.now() + 31 * 86_400_000) });
    };
    await later();
    expect(await inStorage(track.object)).toHaveLength(1);
    const lifted = await records.act([officer, records.officer(1)], { action: 'liftHold', pseudonym });
    expect((await officer.browser.send('POST', '/api/keystore/acts', { body: lifted })).status).toBe(200);
    expect((await later()).abandoned).toBeGreaterThan(0);
    expect(await inStorage(track.object)).toEqual([]);
    expect((await storage.store.inspect(name))?.held).toBe(false);
    // Its browser comes back after all, and has everything still.
    await own.putAll(track);
    expect((await own.handIn(track)).status).toBe(200);
    expect(await inStorage(track.object)).not.toEqual([]);
  });

  it('has the storage retain what is registered, and waits with what was shredded', async () => {
    const own = await RecordedVisit.begin(records, physician);
    const track = await own.track(0);
    await own.putAll(track);
    expect((await own.handIn(track)).status).toBe(200);
    expect((await tend({ retentionDays: 30 })).retained).toBeGreaterThan(0);
    expect(await tend({ retentionDays: 30 })).toEqual(nothing);
    expect((await shred(track.minted.payload.pseudonym, track.object)).status).toBe(200);
    expect(await tend()).toEqual({ ...nothing, keptBack: 1 });
    expect(await inStorage(track.object)).toHaveLength(track.parts.length + 1);
    records.clinic.advance(31 * 24);
    expect(await tend()).toMatchObject({ shredded: 1, keptBack: 0 });
    records.clinic.advance(-31 * 24);
    expect(await inStorage(track.object)).toEqual([]);
  });
});
