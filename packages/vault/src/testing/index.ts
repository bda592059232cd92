/**
 * For vectors and tests only: sealing with randomness that the caller chooses. Two runs with the same data key and
 * body randomness give away the difference of their contents, and forgeries with it.
 */
export type { RunRandomness } from '../run.ts';
export { createRunWith as unsafeCreateRun } from '../runWriter.ts';
