import { expect, it } from 'vitest';
import { resumedZero } from './resumedZero.ts';

const day = 86_400_000;
const zero = 1_000_000;
const touchedAt = zero + 600_000;

it('stays while the clock does', () => {
  expect(resumedZero({ zero, touchedAt }, touchedAt + 30_000)).toBe(zero);
});

it.each([-day, day + 90_000])('lets a recording go on behind its end when the clock was set by %d ms', (jump) => {
  const now = touchedAt + jump;
  expect(now - resumedZero({ zero, touchedAt }, now)).toBe(660_000);
});
