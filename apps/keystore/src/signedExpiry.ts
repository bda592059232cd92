/** How far ahead an expiry may lie. */
const longestExpiryMs = 5 * 60_000;

/** Whether what somebody signed counts still, by the expiry that they signed. @param expiry as `instant` has it */
export function isInTime(expiry: string, at: Date): boolean {
  const expiresInMs = Date.parse(expiry) - at.getTime();
  return expiresInMs > 0 && expiresInMs <= longestExpiryMs;
}
