export { AwakeClock } from './awakeClock.ts';
export { isForWantOfRoom } from './errors.ts';
export { type KeyFrameWish, Recorder, type RecorderOptions, type RecordingMaterial } from './recorder.ts';
export type { EarlierRuns, SealingTarget } from './sealedRuns.ts';
export type { PartPlace, Spool } from './spool.ts';
