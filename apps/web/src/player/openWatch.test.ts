import { beforeEach, describe, expect, it } from 'vitest';
import { OpenWatch } from './openWatch.ts';

const lockMs = 10 * 60_000;
let time = 0;
const clocks = { wall: () => time, steady: () => time };
beforeEach(() => {
  time = 1_800_000_000_000;
});

describe('a session of staff', () => {
  let watch: OpenWatch;
  beforeEach(() => {
    watch = new OpenWatch({ lockMs, clocks });
  });

  it('hears of who watches, for one lock’s time at most since they did something', () => {
    time += lockMs - 1;
    expect(watch.look('playing', true)).toBe('tell');
    time += 1;
    expect(watch.look('playing', true)).toBeNull();
    watch.touch();
    expect(watch.look('playing', true)).toBe('tell');
  });

  it('hears nothing of a file that is being saved, of what stands still or of a page that nobody sees', () => {
    expect([watch.look('working', true), watch.look(null, true), watch.look('playing', false)]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('closes what is open by itself', () => {
    time += 100 * lockMs;
    expect([watch.look(null, true), watch.look('working', true)]).toEqual([null, null]);
  });
});

describe('what a patient has open', () => {
  const patientMs = 15 * 60_000;
  let watch: OpenWatch;
  beforeEach(() => {
    watch = new OpenWatch({ lockMs: null, clocks });
  });

  it('closes when nobody is there', () => {
    time += patientMs - 1;
    expect(watch.look(null, true)).toBeNull();
    time += 1;
    expect(watch.look(null, true)).toBe('close');
    watch.touch();
    expect(watch.look('playing', true)).toBe('close');
  });

  it('stays while it plays or is saved before their eyes', () => {
    for (const goesOn of ['playing', 'working'] as const) {
      for (let minute = 0; minute < 30; minute += 1) {
        time += 60_000;
        expect(watch.look(goesOn, true)).toBe('tell');
      }
    }
    time += patientMs;
    expect(watch.look('working', false)).toBe('close');
  });
});
