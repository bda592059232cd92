/** The caller did what no caller may do, or the browser isn't as it should be. Says what, never of whom. */
export class RecordingUsageError extends Error {
  override readonly name = 'RecordingUsageError';
}

/** The device has no room for what is to be kept. What was kept before is good. */
export class SpoolFullError extends Error {
  override readonly name = 'SpoolFullError';
}

/** Whether a recorder has failed for want of room on the device, whoever has passed that on. */
export function isForWantOfRoom(reason: unknown): boolean {
  if (reason instanceof SpoolFullError) return true;
  // Browsers differ in the class, not in the name.
  if (reason instanceof DOMException && reason.name === 'QuotaExceededError') return true;
  return reason instanceof Error && reason.cause !== undefined && isForWantOfRoom(reason.cause);
}
