import { beforeEach, describe, expect, it } from 'vitest';
import { IdleClock } from './idleClock.ts';

const afterMs = 15 * 60_000;
let wall = 0;
let steady = 0;
const clocks = { wall: () => wall, steady: () => steady };
const pass = (ms: number) => {
  wall += ms;
  steady += ms;
};
let clock: IdleClock;
beforeEach(() => {
  wall = 1_800_000_000_000;
  steady = 5_000;
  clock = new IdleClock({ afterMs, warnMs: 60_000, clocks });
});

describe('whether somebody is there', () => {
  it('is doubted a minute before the end, and then known', () => {
    pass(afterMs - 60_001);
    expect(clock.look()).toEqual({ tag: 'active' });
    pass(1);
    expect(clock.look()).toEqual({ tag: 'warning', leftMs: 60_000 });
    pass(59_999);
    expect(clock.look()).toEqual({ tag: 'warning', leftMs: 1 });
    pass(1);
    expect(clock.look()).toEqual({ tag: 'idle' });
  });

  it('begins anew with what somebody does, here or in another page', () => {
    pass(afterMs - 1);
    clock.touch();
    expect(clock.idleMs).toBe(0);
    pass(afterMs - 1);
    clock.heard(10_000);
    expect(clock.idleMs).toBe(10_000);
    clock.heard(20_000);
    expect(clock.idleMs).toBe(10_000);
  });

  it('isn’t changed by what comes too late, seen or not', () => {
    pass(afterMs);
    clock.touch();
    expect(clock.look()).toEqual({ tag: 'idle' });
    clock.heard(0);
    expect(clock.look()).toEqual({ tag: 'idle' });
    clock.set(0);
    expect(clock.look()).toEqual({ tag: 'active' });
  });

  it('counts a sleep, of which the steady clock knows nothing, before the first press after it', () => {
    wall += afterMs;
    clock.touch();
    expect(clock.look()).toEqual({ tag: 'idle' });
  });

  it('isn’t put off by a clock that is set back', () => {
    wall -= 3_600_000;
    pass(afterMs);
    expect(clock.look()).toEqual({ tag: 'idle' });
  });
});
