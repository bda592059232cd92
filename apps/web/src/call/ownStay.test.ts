import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createOwnStay } from './ownStay.ts';

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => vi.useRealTimers());

it('ends when its time has come, and a minute before that it may be what ended the visit', () => {
  const over = vi.fn();
  const stay = createOwnStay(over);
  stay.begin(1_600_000);
  vi.advanceTimersByTime(539_999);
  expect(stay.isOver()).toBe(false);
  vi.advanceTimersByTime(1);
  expect(stay.isOver()).toBe(true);
  vi.advanceTimersByTime(59_999);
  expect(over).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(over).toHaveBeenCalledOnce();
});

it('goes on to a later end, has none for who may stay, and ends nothing once closed', () => {
  const over = vi.fn();
  const stay = createOwnStay(over);
  stay.begin(1_060_000);
  stay.begin(1_900_000);
  vi.advanceTimersByTime(200_000);
  expect([over.mock.calls.length, stay.isOver()]).toEqual([0, false]);
  stay.begin(null);
  vi.advanceTimersByTime(2_000_000);
  expect([over.mock.calls.length, stay.isOver()]).toEqual([0, false]);
  stay.begin(Date.now() + 10);
  stay.close();
  vi.advanceTimersByTime(100);
  expect(over).not.toHaveBeenCalled();
});
