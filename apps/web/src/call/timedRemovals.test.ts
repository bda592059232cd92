import { leafThumbprint, participantId } from '@sotto/protocol/ids';
import { describe, expect, it } from 'vitest';
import { createTimedRemovals, type Ending, leadMs } from './timedRemovals.ts';

const ref = (letter: string) => ({
  participantId: participantId.parse(letter.repeat(22)),
  leaf: leafThumbprint.parse(letter.repeat(43)),
});
const own = ref('s');
const ending = (letter: string, expiresAt: number): Ending => ({ ...ref(letter), expiresAt });
const atOnce = () => 0;

describe('who has to go', () => {
  it('is named a little before the time is over, by those behind in line later', () => {
    const removals = createTimedRemovals(own.leaf);
    removals.setEndings([ending('g', 1_000), ending('p', 9_000)]);
    const start = 1_000_000 - leadMs;
    expect(removals.take(start - 1, atOnce)).toEqual({ due: [], nextAt: start });
    expect(removals.take(start, () => 1_000)).toEqual({ due: [], nextAt: start + 1_000 });
    expect(removals.take(start, atOnce).due).toEqual([ref('g')]);
    expect(removals.isDue(ref('g').leaf, start)).toBe(true);
    expect(removals.isDue(ref('p').leaf, start)).toBe(false);
  });

  it('is named again after a while, until a commit has settled it', () => {
    const removals = createTimedRemovals(own.leaf);
    removals.setEndings([ending('g', 1_000)]);
    const { due, nextAt } = removals.take(1_000_000, atOnce);
    expect(due).toEqual([ref('g')]);
    expect(removals.take(1_000_500, atOnce)).toEqual({ due: [], nextAt });
    expect(removals.take(nextAt ?? 0, atOnce).due).toEqual([ref('g')]);
    removals.settle({ epoch: 4, added: [], removed: [ref('g')] });
    expect(removals.take(2_000_000, atOnce)).toEqual({ due: [], nextAt: null });
  });

  it('is never this leaf: who is over goes by others’ commits', () => {
    const removals = createTimedRemovals(own.leaf);
    removals.setEndings([{ ...own, expiresAt: 1_000 }]);
    expect(removals.take(2_000_000, atOnce)).toEqual({ due: [], nextAt: null });
  });

  it('is at once whom the host puts out, once only, and stays so until gone', () => {
    const removals = createTimedRemovals(own.leaf);
    removals.setEndings([ending('g', 9_000)]);
    removals.putOut(ref('g'));
    expect(removals.isDue(ref('g').leaf, 1)).toBe(true);
    expect(removals.take(10_000, () => 5_000).due).toEqual([ref('g')]);
    removals.settle({ epoch: 4, added: [], removed: [ref('g')] });
    expect(removals.isDue(ref('g').leaf, 1)).toBe(false);
    expect(removals.take(20_000, atOnce)).toEqual({ due: [], nextAt: null });
  });
});
