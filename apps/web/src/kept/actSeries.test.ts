import { objectId, patientId } from '@sotto/protocol/ids';
import { describe, expect, it } from 'vitest';
import type { ActMatter } from '../keystore/acts.ts';
import { randomId } from '../keystore/bytes.ts';
import type { ActDone } from '../passkeys/performAct.ts';
import { ActSeries } from './actSeries.ts';

const pseudonym = patientId.parse(randomId());
const matters = [1, 2, 3].map((): ActMatter => {
  return { action: 'restrict', pseudonym, object: objectId.parse(randomId()) };
});
const done = (index: number): ActDone => ({ statement: null, index, proof: '', signers: [] });

describe('acts on each object of a recording', () => {
  it('are done one after the other', async () => {
    const asked: ActMatter[] = [];
    const receipts = await new ActSeries(matters).run((matter) => Promise.resolve(done(asked.push(matter))));
    expect(asked).toEqual(matters);
    expect(receipts).toEqual([done(1), done(2), done(3)]);
  });

  it('go on where one failed: nothing is signed for twice', async () => {
    const series = new ActSeries(matters);
    const asked: ActMatter[] = [];
    const failing = (matter: ActMatter) =>
      asked.push(matter) === 2 ? Promise.reject(new Error('no passkey')) : Promise.resolve(done(asked.length));
    await expect(series.run(failing)).rejects.toThrow('no passkey');
    expect(series.done).toEqual([done(1)]);
    expect(await series.run(failing)).toEqual([done(1), done(3), done(4)]);
    expect(asked).toEqual([matters[0], matters[1], matters[1], matters[2]]);
  });

  it('end when they are closed, with the receipts of what was done', async () => {
    const series = new ActSeries(matters);
    let count = 0;
    const receipts = await series.run(() => {
      count += 1;
      if (count === 1) return Promise.resolve(done(1));
      series.stop();
      return Promise.reject(new Error('no passkey'));
    });
    expect([receipts, count]).toEqual([[done(1)], 2]);
    const stopped = new ActSeries(matters);
    const one = stopped.run(() => {
      stopped.stop();
      return Promise.resolve(done(1));
    });
    expect(await one).toEqual([done(1)]);
  });
});
