import { expect, it } from 'vitest';
import { endOfStay, laterEnd, warningOf } from './stayChoices.ts';

const at = (time: string) => new Date(`2026-03-01T${time}:00Z`);

it('counts a stay from now, or from the start of a visit that is to come', () => {
  expect(endOfStay(at('10:00'), 30, at('10:10'))).toEqual(at('10:40'));
  expect(endOfStay(at('12:00'), 30, at('10:10'))).toEqual(at('12:30'));
});

it('puts an end off by a quarter of an hour from where it is, or from now', () => {
  expect(laterEnd(at('10:30'), at('10:27'))).toEqual(at('10:45'));
  expect(laterEnd(at('10:30'), at('10:32'))).toEqual(at('10:47'));
});

it('tells of five minutes, of one, and of nothing before and after', () => {
  const until = at('10:30').getTime();
  const left = (seconds: number) => warningOf(until, until - seconds * 1000);
  expect([301, 300, 61, 60, 1, 0, -5].map(left)).toEqual([null, 'five', 'five', 'one', 'one', null, null]);
});
