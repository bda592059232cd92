/** How one participant's player is kept with the others. */
export type Steering =
  | { readonly tag: 'seek' }
  /** Speed in place of the chosen one. */
  | { readonly tag: 'speed'; readonly speed: number };

/** Beyond this, catching up would take so long that a jump disturbs less. Seconds. */
const jumpBeyond = 0.4;
/** Within this nobody sees or hears a difference, and the chosen speed is kept. Seconds. */
const goodEnough = 0.012;
/** So much faster or slower nobody notices. */
const mostCorrection = 0.06;

/**
 * @param drift how far the player is ahead of the timeline, in seconds
 * @param speed that was chosen
 */
export function steer(drift: number, speed: number): Steering {
  if (Math.abs(drift) > jumpBeyond) return { tag: 'seek' };
  if (Math.abs(drift) <= goodEnough) return { tag: 'speed', speed };
  const correction = Math.max(-mostCorrection, Math.min(mostCorrection, -drift));
  return { tag: 'speed', speed: speed * (1 + correction) };
}

/** The middle one of some numbers; 0 of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
