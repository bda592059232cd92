import { registrationAnswer, releaseAnswer } from '@sotto/protocol/keystoreRoutes';
import { partList, sealedRecording } from '@sotto/protocol/recordings';
import { objectPage, sealedList } from '@sotto/protocol/records';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RecordedVisit } from './recordedVisit.ts';
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
