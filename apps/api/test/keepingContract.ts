import { setTimeout as delay } from 'node:timers/promises';
import type { ObjectId } from '@sotto/protocol/ids';
import { beforeAll, describe, expect, it } from 'vitest';
import { keepRecordings } from '../src/recordingKeeping.ts';
import { sendPhi } from './phi.ts';
import { RecordedVisit } from './recordedVisit.ts';
import { nothingKept, type RecordingScene } from './recordingScene.ts';
import type { Clinician, Records } from './records.ts';

/** What is stored is looked after, wherever it is kept. */
export function keepingContract(scene: () => RecordingScene): void {
  let records: Records;
  let physician: Clinician;
  beforeAll(() => {
    ({ records, physician } = scene());
  });
  const get = (...given: Parameters<RecordingScene['get']>) => scene().get(...given);

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
      expect((await scene().shred(pseudonym, gone.object)).status).toBe(200);
      expect(await scene().tend()).toMatchObject({ shredded: 1 });
      expect(await scene().inStorage(gone.object)).toEqual([]);
      expect(await scene().inStorage(stays.object)).toHaveLength(stays.parts.length + 1);
      expect((await get(physician, path(gone.object))).status).toBe(404);
      expect((await sendPhi(physician.browser, 'readRecording', gone.object)).status).toBe(404);
      const [part] = gone.parts;
      if (!part) throw new Error('there are parts');
      expect((await own.put(gone.object, part)).status).toBe(404);
      expect(await scene().tend()).toEqual(nothingKept);
      const indexes = () => scene().indexesOf(pseudonym);
      expect(Object.values(await indexes()).every((index) => index instanceof Uint8Array)).toBe(true);
      expect((await scene().shred(pseudonym, null)).status).toBe(200);
      expect(await scene().tend()).toMatchObject({ shredded: 1 });
      expect(await indexes()).toEqual({ personIndex: null, familyIndex: null });
      expect(await scene().inStorage(stays.object)).toEqual([]);
    });

    it('takes away what nobody came back to hand in, but nothing of who is under legal hold', async () => {
      const own = await RecordedVisit.begin(records, physician);
      const track = await own.track(0);
      const [part] = track.parts;
      if (!part) throw new Error('there are parts');
      await own.put(track.object, part);
      expect(await scene().tend({ abandonDays: 1 })).toEqual(nothingKept);
      const { pseudonym } = track.minted.payload;
      const officer = records.officer(0);
      const held = await records.act([officer], { action: 'hold', pseudonym });
      expect((await officer.browser.send('POST', '/api/keystore/acts', { body: held })).status).toBe(200);
      const registered = await own.track(1);
      await own.putAll(registered);
      await own.handIn(registered);
      expect(await scene().tend()).toEqual({ ...nothingKept, held: 1 });
      const { storage } = records.clinic.context;
      const [name] = await scene().inStorage(registered.object);
      if (name === undefined) throw new Error('there are parts');
      expect((await storage.store.inspect(name))?.held).toBe(true);
      const later = async () => {
        const { context } = records.clinic;
        return keepRecordings({ ...context, now: () => new Date(Date.now() + 31 * 86_400_000) });
      };
      await later();
      expect(await scene().inStorage(track.object)).toHaveLength(1);
      const lifted = await records.act([officer, records.officer(1)], { action: 'liftHold', pseudonym });
      expect((await officer.browser.send('POST', '/api/keystore/acts', { body: lifted })).status).toBe(200);
      expect((await later()).abandoned).toBeGreaterThan(0);
      expect(await scene().inStorage(track.object)).toEqual([]);
      expect((await storage.store.inspect(name))?.held).toBe(false);
      // Its browser comes back after all, and has everything still.
      await own.putAll(track);
      expect((await own.handIn(track)).status).toBe(200);
      expect(await scene().inStorage(track.object)).not.toEqual([]);
    });

    it('has the storage retain what is registered, and waits with what was shredded', async () => {
      const own = await RecordedVisit.begin(records, physician);
      const track = await scene().handedIn(own, 0);
      // The server of a bucket goes by its own clock.
      const seconds = 20;
      const until = Date.now() + seconds * 1000;
      const retentionDays = seconds / 86_400;
      // What is older than that isn't retained any more; what is longer retained is told once more, and never shorter.
      expect((await scene().tend({ retentionDays: retentionDays / 2 })).retained).toBeGreaterThan(0);
      expect((await scene().tend({ retentionDays })).retained).toBeGreaterThan(0);
      expect(await scene().tend({ retentionDays: retentionDays / 2 })).toEqual(nothingKept);
      expect((await scene().shred(track.minted.payload.pseudonym, track.object)).status).toBe(200);
      expect(await scene().tend()).toEqual({ ...nothingKept, keptBack: 1 });
      expect(await scene().inStorage(track.object)).toHaveLength(track.parts.length + 1);
      await delay(until + 1500 - Date.now());
      expect(await scene().tend()).toMatchObject({ shredded: 1, keptBack: 0 });
      expect(await scene().inStorage(track.object)).toEqual([]);
    });
  });
}
