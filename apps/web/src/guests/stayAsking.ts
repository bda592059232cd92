const steadyMs = 60_000;
const nearMs = 6 * 60_000;
const nearEveryMs = 10_000;
const lastMs = 60_000;
const lastEveryMs = 2_000;

/**
 * How often a guest's page asks whether the end was put off: within the last minute so often that time given then comes in time.
 *
 * @param leftMs until the end; null for who has none
 */
export function askEveryMs(leftMs: number | null): number {
  if (leftMs === null || leftMs >= nearMs) return steadyMs;
  if (leftMs <= lastMs) return lastEveryMs;
  // Not past the beginning of the last minute.
  return Math.min(nearEveryMs, Math.max(lastEveryMs, leftMs - lastMs));
}
