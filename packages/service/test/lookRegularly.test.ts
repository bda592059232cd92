import { afterEach, describe, expect, it, vi } from 'vitest';
import { lookRegularly } from '../src/lookRegularly.ts';

describe('a regular look', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('happens once in a while, one at a time, until it is closed', async () => {
    vi.useFakeTimers();
    const ends: (() => void)[] = [];
    const looks = lookRegularly(100, () => new Promise((resolve) => void ends.push(resolve)));
    expect(ends).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(100);
    expect(ends).toHaveLength(1);
    const same = looks.look();
    await vi.advanceTimersByTimeAsync(300);
    expect(ends).toHaveLength(1);
    ends[0]?.();
    await same;
    await vi.advanceTimersByTimeAsync(100);
    expect(ends).toHaveLength(2);
    let isClosed = false;
    const closing = looks.close().then(() => {
      isClosed = true;
    });
    await vi.advanceTimersByTimeAsync(300);
    expect(isClosed).toBe(false);
    ends[1]?.();
    await closing;
    await vi.advanceTimersByTimeAsync(300);
    expect(ends).toHaveLength(2);
  });
});
