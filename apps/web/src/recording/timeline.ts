import { resumedZero } from './resumedZero.ts';

/** Time 0 of a recording that runs in this page: as its recorder has it, and as another page will need it. */
export interface Timeline {
  /** The recorder's, in ms of the page's monotonic clock. It stays. */
  readonly zero: number;
  /** The device slept: so many ms of the monotonic clock aren't counted. */
  slept(ms: number): void;
  /**
   * What is booked: time 0 by the wall clock, as if it had run just while the recording did. Else whoever goes on would
   * count the time slept, on systems whose monotonic clock stood still meanwhile, too.
   */
  note(): { readonly zero: number; readonly touchedAt: number };
}

interface Clocks {
  /** Ms since 1970, set by nobody while the page lives: the clock of `TappedFrame.at`. */
  readonly monotonic: () => number;
  /** Ms since 1970, as the device has it. */
  readonly wall: () => number;
}

export const pageClocks: Clocks = {
  monotonic: () => performance.timeOrigin + performance.now(),
  wall: () => Date.now(),
};

/** @param booked `zero` is null for a recording that begins now; else it goes on. */
export function createTimeline(
  { zero: before, touchedAt }: { zero: number | null; touchedAt: number },
  { monotonic, wall }: Clocks,
): Timeline {
  const now = wall();
  const zero = monotonic() - (before === null ? 0 : now - resumedZero({ zero: before, touchedAt }, now));
  let sleptMs = 0;
  return {
    zero,
    slept(ms) {
      sleptMs += ms;
    },
    note() {
      const at = wall();
      return { zero: at - (monotonic() - zero - sleptMs), touchedAt: at };
    },
  };
}
