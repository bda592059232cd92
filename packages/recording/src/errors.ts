/** The caller did what no caller may do, or the browser isn't as it should be. Says what, never of whom. */
export class RecordingUsageError extends Error {
  override readonly name = 'RecordingUsageError';
}
