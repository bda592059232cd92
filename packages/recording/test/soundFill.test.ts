import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SoundFill } from '../src/soundFill.ts';

const frameMs = 20;
const sound = (time: number) => ({ kind: 'audio', time, isKey: true, data: Uint8Array.of(0xfc, 1) }) as const;

describe('the sound of a recording', () => {
  it('has times as it is played, each frame behind the one before, whatever pauses lie between', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 60 }), (pauses) => {
        const fill = new SoundFill();
        let time = 1_000;
        const written = pauses.flatMap((pause) => {
          time += pause + frameMs;
          return [...fill.with(sound(time))].map((frame) => ({ ...frame, due: time }));
        });
        const steps = written.slice(1).map((frame, index) => frame.time - (written[index]?.time ?? 0));
        expect(steps.every((step) => step === frameMs)).toBe(true);
        // Of each that isn't silence.
        const late = written.filter(({ data }) => data[1] === 1).map((frame) => Math.abs(frame.time - frame.due));
        expect(Math.max(...late)).toBeLessThanOrEqual(frameMs / 2);
      }),
    );
  });

  it('goes on behind a pause that is too long to be filled', () => {
    const fill = new SoundFill();
    const hour = 3_600_000;
    const times = (time: number) => [...fill.with(sound(time))].map((frame) => frame.time);
    expect(times(0)).toEqual([0]);
    expect(times(hour)).toHaveLength(hour / frameMs);
    expect(times(10 * hour)).toEqual([10 * hour]);
    expect(times(10 * hour + frameMs)).toEqual([10 * hour + frameMs]);
  });
});
