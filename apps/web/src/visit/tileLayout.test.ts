import { describe, expect, it } from 'vitest';
import { tileGap, tileLayout } from './tileLayout.ts';

const phone = { width: 390, height: 600 };
const desktop = { width: 1280, height: 640 };
const withPanel = { width: 896, height: 640 };

/** Columns and rows that come of it. */
function shape(people: number, { width, height }: { width: number; height: number }): string {
  const tile = tileLayout(people, width, height);
  const columns = Math.min(people, Math.floor((width - tileGap) / (tile.width + tileGap)));
  return `${columns}x${Math.ceil(people / columns)}`;
}
const fits = (people: number, screen: { width: number; height: number }) => {
  const rows = Number(shape(people, screen).split('x')[1]);
  return (tileLayout(people, screen.width, screen.height).height + tileGap) * rows + tileGap <= screen.height;
};

describe('the tiles of several people', () => {
  it.each([
    [2, '1x2', '2x1', '2x1'],
    [3, '1x3', '3x1', '2x2'],
    [4, '2x2', '2x2', '2x2'],
    [5, '2x3', '3x2', '3x2'],
    [6, '2x3', '3x2', '3x2'],
    [9, '2x5', '3x3', '3x3'],
  ])('of %i stand evenly on a phone, a desktop and beside a panel', (people, onPhone, onDesktop, besidePanel) => {
    expect([shape(people, phone), shape(people, desktop), shape(people, withPanel)]).toEqual([
      onPhone,
      onDesktop,
      besidePanel,
    ]);
  });

  it('of up to ten fit on a phone, and all of nineteen on a desktop', () => {
    for (let people = 1; people <= 10; people += 1) expect(fits(people, phone)).toBe(true);
    for (let people = 1; people <= 19; people += 1) expect(fits(people, desktop)).toBe(true);
  });

  it('never get too small to recognise anybody: then there is more to scroll', () => {
    for (let people = 1; people <= 19; people += 1) {
      const { width, height } = tileLayout(people, phone.width, phone.height);
      expect(width).toBeGreaterThanOrEqual(150);
      expect(height).toBeGreaterThanOrEqual(104);
    }
  });
});
