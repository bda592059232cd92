import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createOwnStay } from './ownStay.ts';

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => vi.useRealTimers());

it('ends when its time has come, and a minute before that it may be what ended the visit', () => {
  const [asks, over] = [vi.fn(), vi.fn()];
  const stay = createOwnStay(asks, over);
  stay.begin(1_600_000);
  vi.advanceTimersByTime(539_999);
  expect(stay.isOver()).toBe(false);
  vi.advanceTimersByTime(1);
  expect(stay.isOver()).toBe(true);
  vi.advanceTimersByTime(59_999);
  expect([asks.mock.calls.length, stay.isAsking()]).toEqual([0, false]);
  vi.advanceTimersByTime(1);
  expect([asks.mock.calls.length, stay.isAsking()]).toEqual([1, true]);
  expect(over).not.toHaveBeenCalled();
  vi.advanceTimersByTime(5_000);
  expect([asks.mock.calls.length, over.mock.calls.length]).toEqual([1, 1]);
});

it('asks once for each end: the same one again is the end, a later one goes on', () => {
  const [asks, over] = [vi.fn(), vi.fn()];
  const stay = createOwnStay(asks, over);
  stay.begin(1_010_000);
  vi.advanceTimersByTime(10_000);
  stay.begin(1_100_000);
  expect(stay.isAsking()).toBe(false);
  vi.advanceTimersByTime(89_999);
  expect([asks.mock.calls.length, over.mock.calls.length]).toEqual([1, 0]);
  vi.advanceTimersByTime(1);
  stay.begin(1_100_000);
  vi.advanceTimersByTime(0);
  expect([asks.mock.calls.length, over.mock.calls.length]).toEqual([2, 1]);
});

it('goes on to a later end, has none for who may stay, and ends nothing once closed', () => {
  const over = vi.fn();
  const stay = createOwnStay(over, over);
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
