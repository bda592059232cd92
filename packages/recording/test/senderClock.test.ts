import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SenderClock } from '../src/senderClock.ts';

const shortestMs = 12;

describe('a sender’s clock', () => {
  it('is aligned within a frame for an hour, however it drifts and its frames are late', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e9, max: 1e9 }),
        fc.double({ min: -0.0003, max: 0.0003, noNaN: true }),
        fc.array(fc.nat(150), { minLength: 7, maxLength: 40 }),
        (ahead, drift, lateness) => {
          const clock = new SenderClock();
          const late = [0, ...lateness];
          let worst = 0;
          for (let index = 0; index * 20 < 3_600_000; index += 1) {
            const caught = index * 20;
            const at = caught + shortestMs + (late[index % late.length] ?? 0);
            const placed = clock.place(caught * (1 + drift) + ahead, at);
            worst = Math.max(worst, Math.abs(placed - caught - shortestMs));
          }
          return worst <= 33;
        },
      ),
      { numRuns: 20 },
    );
  });

  it('isn’t led astray by a line that stalls', () => {
    const clock = new SenderClock();
    const placed: number[] = [];
    for (let caught = 0; caught < 60_000; caught += 20) {
      const isStalled = caught > 30_000 && caught < 33_000;
      placed.push(clock.place(caught, isStalled ? 33_000 + (caught - 30_000) / 1_000 : caught + 10) - caught);
    }
    expect(Math.max(...placed.map((error) => Math.abs(error - 10)))).toBeLessThan(20);
  });

  it('follows one that was set anew', () => {
    const clock = new SenderClock();
    for (let caught = 0; caught < 10_000; caught += 20) clock.place(caught, caught + 10);
    expect(clock.place(90_000_000, 10_030)).toBe(10_030);
    expect(clock.place(90_000_020, 10_050)).toBe(10_050);
  });
});
