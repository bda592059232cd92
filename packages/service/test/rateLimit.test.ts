import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createRateLimit } from '../src/rateLimit.ts';

describe('a rate limit', () => {
  it('lets as many through as a window has, also at once, and tells how long to wait', async () => {
    const limit = createRateLimit({ points: 3, seconds: 60 });
    const taken = await Promise.all(Array.from({ length: 5 }, () => limit.take('a')));
    expect(taken.slice(0, 3)).toEqual([null, null, null]);
    for (const ms of taken.slice(3)) {
      expect(ms).toBeGreaterThan(0);
      expect(ms).toBeLessThanOrEqual(60_000);
      expect(Number.isInteger(ms)).toBe(true);
    }
  });

  it('counts each key on its own', async () => {
    const limit = createRateLimit({ points: 1, seconds: 60 });
    expect([await limit.take('a'), await limit.take('b')]).toEqual([null, null]);
  });

  it('begins anew when the window is over', async () => {
    const limit = createRateLimit({ points: 1, seconds: 1 });
    await limit.take('a');
    expect(await limit.take('a')).toBeLessThanOrEqual(1_000);
    await delay(1_100);
    expect(await limit.take('a')).toBeNull();
  });

  it('stays shut for as long as it is told', async () => {
    const limit = createRateLimit({ points: 1, seconds: 1, blockSeconds: 30 });
    await limit.take('a');
    expect(await limit.take('a')).toBeGreaterThan(1_000);
  });

  it('tells the wait without taking anything', async () => {
    const limit = createRateLimit({ points: 1, seconds: 60 });
    expect(await limit.wait('a')).toBeNull();
    await limit.take('a');
    expect(await limit.wait('a')).toBeNull();
    await limit.take('a');
    expect(await limit.wait('a')).toBeGreaterThan(0);
  });

  it('gives back and forgets', async () => {
    const limit = createRateLimit({ points: 1, seconds: 60 });
    await limit.take('a');
    await limit.giveBack('a');
    expect(await limit.take('a')).toBeNull();
    await limit.forget('a');
    expect(await limit.take('a')).toBeNull();
  });
});
