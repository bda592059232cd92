import { afterEach, expect, it, vi } from 'vitest';
import { keepForwarding } from '../src/keptForwarding.ts';

afterEach(() => {
  vi.useRealTimers();
});

it('goes on every second, ever more seldom while it fails, and says both', async () => {
  vi.useFakeTimers();
  const tries: number[] = [];
  const said: (number | 'up')[] = [];
  let isUp = false;
  const looks = keepForwarding(
    () => {
      tries.push(Date.now());
      return isUp ? Promise.resolve() : Promise.reject(new Error('down'));
    },
    { onDown: (_error, pauseMs) => void said.push(pauseMs), onUp: () => void said.push('up') },
  );
  await vi.advanceTimersByTimeAsync(200_000);
  expect(said).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  isUp = true;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(said.at(-1)).toBe('up');
  const before = tries.length;
  await vi.advanceTimersByTimeAsync(5000);
  expect(tries.length - before).toBe(5);
  await looks.close();
});
