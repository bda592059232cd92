import { expect, it } from 'vitest';
import { askEveryMs } from './stayAsking.ts';

it.each([
  [null, 60],
  [600, 60],
  [300, 10],
  [64, 4],
  [61, 2],
  [59, 2],
  [-5, 2],
])('asks, %s seconds before the end, each %s seconds', (left, every) => {
  expect(askEveryMs(left === null ? null : left * 1000)).toBe(every * 1000);
});
