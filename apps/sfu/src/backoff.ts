/**
 * Full jitter: a wait chosen evenly between nothing and a ceiling that doubles at each failure, so that many clients
 * of one server that went away don't come back in step.
 *
 * @param failures in a row before this wait, from 0
 * @param random evenly distributed in [0, 1)
 * @returns milliseconds
 */
export function fullJitter(failures: number, baseMs: number, capMs: number, random: () => number): number {
  return Math.floor(random() * Math.min(capMs, baseMs * 2 ** Math.min(failures, 30)));
}
