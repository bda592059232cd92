import { describe, expect, it } from 'vitest';
import { dateInputValue, dayOf, instantOf, nextSlot, timeInputValue } from './day.ts';

describe('a day', () => {
  it('runs from midnight to midnight of the device, whatever the hour', () => {
    const { from, to } = dayOf(new Date(2026, 2, 9, 23, 59));
    expect(from).toEqual(new Date(2026, 2, 9));
    expect(to).toEqual(new Date(2026, 2, 10));
  });

  it('moves over the end of a month', () => {
    expect(dayOf(new Date(2026, 1, 28, 12), 1).from).toEqual(new Date(2026, 2, 1));
  });
});

describe('the inputs of a new visit', () => {
  it('give back the instant that they were filled with', () => {
    const instant = new Date(2026, 8, 5, 7, 30);
    expect(instantOf(dateInputValue(instant), timeInputValue(instant))).toEqual(instant);
  });

  it('give no instant while one is empty', () => {
    expect(instantOf('', '09:30')).toBeNull();
    expect(instantOf('2026-03-09', '')).toBeNull();
  });

  it('propose the next full five minutes', () => {
    expect(nextSlot(new Date(2026, 2, 9, 9, 56, 1))).toEqual(new Date(2026, 2, 9, 10, 0));
    expect(nextSlot(new Date(2026, 2, 9, 10, 0))).toEqual(new Date(2026, 2, 9, 10, 0));
  });
});
