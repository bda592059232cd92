import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Act } from '../src/index.ts';
import { act, dayMs, hourMs, later, noon, several, watching } from './acts.ts';

const burst = () => several(30, noon, 5_000, (index) => ({ patient: `p${index}` }));

describe('what comes in another order, twice, or by a wrong clock', () => {
  it('is found in any order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(burst(), { minLength: 30 }), (acts) => {
        const { rulesIn, set } = watching();
        set(later(noon, hourMs / 2));
        expect(rulesIn(acts)).toContain('bulk');
      }),
    );
  });

  it('is counted once, however often it comes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(11), { maxLength: 200 }), (order) => {
        const twelve: readonly Act[] = several(12, noon, 5_000, (index) => ({ patient: `p${index}` }));
        const { rulesIn, set } = watching();
        set(later(noon, hourMs / 2));
        expect(rulesIn(order.flatMap((place) => twelve[place] ?? []))).toEqual([]);
      }),
    );
  });

  it.each([
    ['back by hours', -5 * hourMs],
    ['back by a year', -365 * dayMs],
    ['forward by a year', 365 * dayMs],
  ])('isn’t hidden by a log whose clock was set %s', (_name, shift) => {
    const { watch, learn, set } = watching();
    set(noon);
    learn(several(10, later(noon, -dayMs), 60_000));
    const found = burst().flatMap((one) => watch.watch({ ...one, at: later(one.at, shift) }));
    expect(found.map(({ rule }) => rule)).toContain('bulk');
  });

  it('isn’t hidden by an own clock that was set back', () => {
    const { watch, set } = watching();
    set(later(noon, hourMs));
    watch.watch(act({ at: later(noon, hourMs) }));
    set(noon);
    expect(
      burst()
        .flatMap((one) => watch.watch(one))
        .map(({ rule }) => rule),
    ).toContain('bulk');
  });

  it('is the same after a restart that learns from the log what went before', () => {
    const history = several(200, later(noon, -20 * dayMs), 2 * hourMs, (index) => ({ patient: `p${index % 7}` }));
    const [one, other] = [watching(), watching()];
    one.learn(history);
    other.learn(history.slice(0, 90));
    other.learn(history.slice(80));
    const acts = burst();
    expect(other.rulesIn(acts)).toEqual(one.rulesIn(acts));
  });

  it('has one key for one rule, person and hour', () => {
    const { watch, set } = watching();
    set(later(noon, hourMs / 2));
    const keys = burst()
      .flatMap((one) => watch.watch(one))
      .map(({ key }) => key);
    expect(keys.length).toBeGreaterThan(2);
    expect(new Set(keys).size).toBe(2);
  });
});
