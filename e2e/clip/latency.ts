import { videoFormat } from './videoClip.ts';

/** When a page showed which frame of the clip; times of one machine's clock. */
export interface Showing {
  /** Unix milliseconds. */
  readonly at: number;
  readonly frame: number;
}

const loopMs = (videoFormat.frames / videoFormat.framesPerSecond) * 1000;

/**
 * How long frames took from the sender's own view to the receiver's, in milliseconds. The clip repeats every ten
 * seconds, so a frame's origin is the latest time before it was received at which the sender showed that number.
 */
export function latencies(received: readonly Showing[], own: readonly Showing[]): number[] {
  const shown = new Map<number, number[]>();
  for (const { at, frame } of own) shown.set(frame, [...(shown.get(frame) ?? []), at]);
  return received.flatMap(({ at, frame }) => {
    // The two views are drawn at their own pace: a frame may come a screen refresh "before" it was sent.
    const origin = (shown.get(frame) ?? []).findLast((time) => time <= at + 50);
    return origin === undefined || at - origin >= loopMs / 2 ? [] : [at - origin];
  });
}

/** The value that this share of all values doesn't exceed; NaN of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
