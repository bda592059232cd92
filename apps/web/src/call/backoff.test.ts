import { describe, expect, it } from 'vitest';
import { createBackoff, randomFraction } from './backoff.ts';

describe('backoff', () => {
  it('doubles its bound up to the cap, and starts over after a success', () => {
    const backoff = createBackoff(500, 8_000, () => 0.999_999);
    expect([1, 2, 3, 4, 5, 6].map(() => Math.ceil(backoff.next()))).toEqual([499, 999, 1999, 3999, 7999, 7999]);
    backoff.reset();
    expect(Math.ceil(backoff.next())).toBe(499);
  });

  it('waits anything from nothing to the bound', () => {
    expect(createBackoff(500, 8_000, () => 0).next()).toBe(0);
    const backoff = createBackoff(500, 8_000, randomFraction);
    for (let attempt = 0; attempt < 200; attempt += 1) expect(backoff.next()).toBeLessThan(8_000);
  });

  it('stays finite however long it goes on', () => {
    const backoff = createBackoff(500, 8_000, () => 0.5);
    for (let attempt = 0; attempt < 5_000; attempt += 1) backoff.next();
    expect(backoff.next()).toBe(4_000);
  });
});
