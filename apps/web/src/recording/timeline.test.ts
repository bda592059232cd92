import { expect, it } from 'vitest';
import { createTimeline } from './timeline.ts';

const hours = 9 * 3_600_000;

/** A device whose monotonic clock counts sleep or stands still, and begins anew with each page. */
class Device {
  #wall = 1_900_000_000_000;
  #monotonic = this.#wall;
  readonly #countsSleep: boolean;
  constructor(countsSleep: boolean) {
    this.#countsSleep = countsSleep;
  }
  readonly clocks = { wall: () => this.#wall, monotonic: () => this.#monotonic };
  pass(ms: number) {
    this.#wall += ms;
    this.#monotonic += ms;
  }
  sleep(ms: number) {
    this.#wall += ms;
    if (this.#countsSleep) this.#monotonic += ms;
  }
  /** Its origin is drawn from the wall clock. */
  loadPage() {
    this.#monotonic = this.#wall;
  }
}

it.each([true, false])(
  'leaves what the device slept out for the page after this one: counted by its clock %s',
  (counts) => {
    const device = new Device(counts);
    const first = createTimeline({ zero: null, touchedAt: 0 }, device.clocks);
    device.pass(60_000);
    device.sleep(hours);
    if (counts) first.slept(hours);
    device.pass(5_000);
    const booked = first.note();
    device.loadPage();
    device.pass(3_000);
    const second = createTimeline(booked, device.clocks);
    // Where the next frame stands: a minute, five seconds and the three in which nobody recorded.
    expect(device.clocks.monotonic() - second.zero).toBe(68_000);
    expect(device.clocks.monotonic() - createTimeline(second.note(), device.clocks).zero).toBe(68_000);
  },
);

it('keeps time 0 of its recorder, whatever is slept', () => {
  const device = new Device(true);
  const timeline = createTimeline({ zero: null, touchedAt: 0 }, device.clocks);
  const { zero } = timeline;
  device.sleep(hours);
  timeline.slept(hours);
  expect([timeline.zero, timeline.note().zero]).toEqual([zero, zero + hours]);
});
