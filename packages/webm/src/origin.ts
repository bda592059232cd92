/**
 * How a participant's frames came into a file. `frames`: as they were sent. `encodedAnew`: a browser's own recorder made
 * them from what it played, since it gave nobody the frames themselves.
 */
export type Origin = 'frames' | 'encodedAnew';

/** What a file's Info calls the application that wrote it. */
export const writingApps = { frames: 'Sotto', encodedAnew: 'Sotto, MediaRecorder' } as const satisfies Record<
  Origin,
  string
>;

/** @param app the value of WritingApp */
export const originOf = (app: Uint8Array): Origin =>
  new TextDecoder().decode(app) === writingApps.encodedAnew ? 'encodedAnew' : 'frames';
