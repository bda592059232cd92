export { WebmFormatError, WebmUsageError } from './errors.ts';
export { type MediaFrame, silence, type TrackKind } from './frame.ts';
export { finalHead, type PictureSize, type RecordingIndex } from './head.ts';
export {
  type FirstCluster,
  findFirstCluster,
  longestFront,
  type RecordingFacts,
  readFinalHead,
} from './headReader.ts';
export type { Origin } from './origin.ts';
export { type Piece, RecordingScan, type ScannedRecording } from './recordingScan.ts';
export { WebmReader } from './webmReader.ts';
export { WebmWriter } from './webmWriter.ts';
export { headFromZero } from './zeroStart.ts';
