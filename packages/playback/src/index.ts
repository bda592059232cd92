export { answerPartReads, type FetchPart, RemoteParts, type StoredPart } from './partReads.ts';
export { PlayableFile } from './playableFile.ts';
export { recoverPlayer } from './playerRecovery.ts';
export { type PlayRequest, playPath, playRequest } from './playRequest.ts';
export { type FromServing, serveFile } from './serving.ts';
export { sourcesOf } from './sources.ts';
export { type MediaPlayer, type PlaybackState, type PlayedTrack, SyncedPlayback } from './syncedPlayback.ts';
