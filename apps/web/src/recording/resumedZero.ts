/** So often it's noted that a recording still runs. */
export const touchMs = 60_000;
const dayMs = 86_400_000;

/**
 * Time 0 of a recording that goes on in another page, on that page's clock. The time between counts as the clock says,
 * unless that can't be: it was set meanwhile. Then it counts as one note's age, so that no time comes twice.
 *
 * @param touchedAt when it was last noted that it runs
 * @param now all in ms since 1970
 */
export function resumedZero({ zero, touchedAt }: { zero: number; touchedAt: number }, now: number): number {
  const since = now - touchedAt;
  if (since >= 0 && since <= dayMs) return zero;
  return now - Math.max(0, touchedAt - zero) - touchMs;
}
