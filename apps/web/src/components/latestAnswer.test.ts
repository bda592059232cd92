import { describe, expect, it } from 'vitest';
import { LatestAnswer } from './latestAnswer.ts';

describe('an answer', () => {
  it('that was changed, or given again, while it was checked is told nothing of the older one', async () => {
    const latest = new LatestAnswer();
    const told: (string | null)[] = [];
    const tell = (wrong: string | null) => told.push(wrong);
    const first = Promise.withResolvers<string | null>();
    const checkingFirst = latest.check(() => first.promise, tell);
    await latest.check(() => 'wrong', tell);
    first.resolve('stale');
    await checkingFirst;
    expect(told).toEqual(['wrong']);
    const changed = latest.check(() => Promise.resolve('stale'), tell);
    latest.drop();
    await changed;
    expect(told).toEqual(['wrong']);
  });

  it('that couldn’t be checked isn’t wrong', async () => {
    const told: (string | null)[] = [];
    await new LatestAnswer().check(
      () => Promise.reject(new Error('no')),
      (wrong) => told.push(wrong),
    );
    expect(told).toEqual([null]);
  });
});
