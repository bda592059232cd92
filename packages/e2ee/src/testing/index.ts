/**
 * For benchmarks only: what a track's transform does with a frame, outside of a call, under keys that the caller
 * chooses. Whoever seals two frames with one counter gives both away.
 */
export { FrameOpener as UnsafeFrameOpener } from '../frameOpener.ts';
export { FrameSealer as UnsafeFrameSealer } from '../frameSealer.ts';
export { makeKid } from '../keyId.ts';
export { Keyring } from '../keyring.ts';
export { RecordingTap as UnsafeRecordingTap } from '../recordingTap.ts';
export { SealingKey as UnsafeSealingKey } from '../sealingSchedule.ts';
export { deriveSFrameKey as unsafeDeriveSFrameKey, importBaseKey as unsafeImportBaseKey } from '../sframeKey.ts';
