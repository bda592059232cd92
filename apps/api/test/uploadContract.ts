import { registrationAnswer, releaseAnswer } from '@sotto/protocol/keystoreRoutes';
import { partList, sealedRecording } from '@sotto/protocol/recordings';
import { objectPage, sealedList } from '@sotto/protocol/records';
import { beforeAll, describe, expect, it } from 'vitest';
import { sendPhi } from './phi.ts';
import { type Changes, RecordedVisit } from './recordedVisit.ts';
import type { RecordingScene } from './recordingScene.ts';
import type { Clinician, Records } from './records.ts';

/** Recordings go in by parts, are handed in, and come out by ranges, wherever they are kept. */
export function uploadContract(scene: () => RecordingScene): void {
  let records: Records;
  let physician: Clinician;
  let colleague: Clinician;
  let visit: RecordedVisit;
  beforeAll(() => {
    ({ records, physician, colleague, visit } = scene());
  });
  const get = (...given: Parameters<RecordingScene['get']>) => scene().get(...given);

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
      expect((await sendPhi(physician.browser, 'readRecording', track.object)).status).toBe(404);

      const answer = await visit.handIn(track);
      const { statement } = registrationAnswer.parse(answer.json);
      expect(statement.payload).toMatchObject({ object: track.object, kind: 'recording', writer: physician.id });
      expect((await visit.handIn(track)).json).toEqual(answer.json);

      const read = sealedRecording.parse((await sendPhi(colleague.browser, 'readRecording', track.object)).json);
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
      expect((await physician.browser.send('POST', path, { body })).status).toBe(201);
      expect(await physician.browser.send('POST', path, { body: { ...body, length: 5 } })).toMatchObject({
        status: 409,
      });
      expect((await direct(part.octets, colleague)).status).toBe(404);
      expect((await direct(part.octets.subarray(1))).status).toBe(400);
      expect((await direct(Buffer.concat([part.octets, Buffer.alloc(1)]))).status).toBe(400);
      expect((await direct(new Uint8Array())).status).toBe(400);
      expect(await scene().inStorage(track.object)).toEqual([]);

      expect((await direct(part.octets)).status).toBe(201);
      expect((await direct(part.octets)).status).toBe(204);
      expect((await direct(other.octets)).status).toBe(409);
      const changed = Buffer.from(part.octets);
      changed[7] = (changed[7] ?? 0) ^ 1;
      expect(await direct(changed)).toMatchObject({ status: 409, json: { code: 'conflict' } });
      const read = await get(physician, `${path}/${part.leaf}`, 'bytes=0-');
      expect(Buffer.compare(read.body, part.octets)).toBe(0);
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
      expect(await scene().inStorage(another.object)).toHaveLength(another.parts.length + 1);
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
  });
}
