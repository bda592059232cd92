import type { ObjectId } from '@sotto/protocol/ids';
import { releaseAnswer, type SignedRelease } from '@sotto/protocol/keystoreRoutes';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { sendPhi } from './phi.ts';
import { RecordedVisit } from './recordedVisit.ts';
import type { RecordingScene } from './recordingScene.ts';
import type { Clinician, Records } from './records.ts';

const unavailable = { status: 503, json: { code: 'unavailable' } };

/** The keystore or the storage is away at the start, in the middle or at the end: nothing is lost, and all goes on. */
export function outageContract(scene: () => RecordingScene): void {
  let records: Records;
  let physician: Clinician;
  let own: RecordedVisit;
  beforeAll(async () => {
    ({ records, physician } = scene());
    own = await RecordedVisit.begin(records, physician);
  });
  const recordingOf = (object: ObjectId) => sendPhi(physician.browser, 'readRecording', object);

  /** Does something while the keystore's process isn't there. */
  const withoutKeystore = async <T>(act: () => Promise<T>): Promise<T> => {
    await records.keystore.stop();
    try {
      return await act();
    } finally {
      await records.keystore.start();
    }
  };

  describe('while the storage is away', () => {
    it('a part isn’t taken: at the start, in its middle; and is when it is back', async () => {
      const track = await own.track(0);
      const [first, second] = track.parts;
      if (!first || !second) throw new Error('there are parts');
      expect(await scene().whileDown(() => own.put(track.object, first))).toMatchObject(unavailable);
      expect((await own.put(track.object, first)).status).toBe(201);
      let bringBack: (() => Promise<void>) | undefined;
      const halfway = async () => {
        bringBack = await scene().place.takeDown();
      };
      expect(await own.put(track.object, second, halfway)).toMatchObject(unavailable);
      await bringBack?.();
      // As a whole, or not at all.
      expect(await scene().inStorage(track.object)).toHaveLength(1);
      expect((await own.put(track.object, second)).status).toBe(201);
      for (const part of track.parts) await own.put(track.object, part);
      expect((await own.handIn(track)).status).toBe(200);
    });

    it('a range isn’t read, and then it is, as it was', async () => {
      const track = await scene().handedIn(own, 1);
      const [first] = track.parts;
      if (!first) throw new Error('there are parts');
      const path = `/api/objects/${track.object}/parts`;
      const read = () => scene().get(physician, `${path}/${first.leaf}`, 'bytes=1000-1999');
      const before = await read();
      expect(await scene().whileDown(read)).toMatchObject(unavailable);
      expect(await scene().whileDown(() => scene().get(physician, path))).toMatchObject(unavailable);
      expect([before.status, (await read()).body]).toEqual([206, before.body]);
      expect(before.body.equals(first.octets.subarray(1000, 2000))).toBe(true);
    });

    it('the api looks after the rest, and after this the next time', async () => {
      const { postponed, ...done } = await scene().whileDown(() => scene().tend({ retentionDays: 1 }));
      expect([postponed > 0, done.retained, done.shredded, done.abandoned]).toEqual([true, 0, 0, 0]);
    });
  });

  describe('what is handed in', () => {
    it('is taken later where the storage was away at the start, or the keystore was', async () => {
      const late = await RecordedVisit.begin(records, physician);
      const track = await late.track(0);
      await late.putAll(track);
      expect(await scene().whileDown(() => late.handIn(track))).toMatchObject(unavailable);
      await withoutKeystore(async () => {
        const minting = await physician.browser.send('POST', `/api/visits/${late.visit.id}/objects`);
        expect(minting).toMatchObject(unavailable);
        expect(await late.handIn(track)).toMatchObject(unavailable);
        expect((await recordingOf(track.object)).status).toBe(404);
        expect((await scene().tend()).postponed).toBeGreaterThan(0);
      });
      // The api looks after it by itself, if the browser doesn't come back.
      expect(await scene().tend()).toMatchObject({ finished: 1 });
      expect((await late.handIn(track)).status).toBe(200);
      expect((await recordingOf(track.object)).status).toBe(200);
    }, 120_000);

    it('is taken once, where the storage went, or the answer was lost, after the keystore had registered it', async () => {
      const late = await RecordedVisit.begin(records, physician);
      const { keystore } = records.clinic.context;
      const register = keystore.register.bind(keystore);
      for (const number of [0, 1] as const) {
        const track = await late.track(number);
        await late.putAll(track);
        let bringBack: (() => Promise<void>) | undefined;
        const after = vi.spyOn(keystore, 'register').mockImplementationOnce(async (...given) => {
          const answer = await register(...given);
          if (number === 1) return { tag: 'unavailable' };
          bringBack = await scene().place.takeDown();
          return answer;
        });
        expect(await late.handIn(track)).toMatchObject(unavailable);
        after.mockRestore();
        await bringBack?.();
        expect((await recordingOf(track.object)).status).toBe(404);
        // It is the keystore's already: nothing else is taken in its place.
        const another = await late.track(number, { of: track });
        expect(await late.handIn({ object: track.object, upload: another.upload })).toMatchObject({ status: 409 });
        expect((await late.handIn(track)).status).toBe(200);
        expect(await scene().inStorage(track.object)).toHaveLength(track.parts.length + 1);
      }
    });
  });

  describe('a release', () => {
    it('that the keystore didn’t answer is answered when it is asked again, once it is back', async () => {
      const { object } = await scene().handedIn(await RecordedVisit.begin(records, physician), 0);
      const ask = (body: SignedRelease) => physician.browser.send('POST', '/api/keystore/releases', { body });
      const [answered, unanswered] = [
        await records.release(physician, [object]),
        await records.release(physician, [object]),
      ];
      const answer = await ask(answered);
      expect(releaseAnswer.parse(answer.json).keys).toHaveLength(1);
      expect(await withoutKeystore(() => ask(unanswered))).toMatchObject(unavailable);
      expect((await ask(unanswered)).status).toBe(200);
      // Asked once more of another process: the same answer, and no second entry.
      expect((await ask(answered)).json).toEqual(answer.json);
      // Keys don't need the storage.
      expect((await scene().whileDown(() => ask(answered))).status).toBe(200);
    }, 120_000);
  });
}
