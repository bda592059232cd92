import type { Cluster } from './clusterIndex.ts';
import { concat, element, float64, idOctets, ids, text, uint, uint64, unknownSize } from './ebml.ts';
import { type TrackKind, trackNumbers } from './frame.ts';
import { type Origin, writingApps } from './origin.ts';

/** The largest picture that may come: players open their window by it. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

const nanosecondsPerMillisecond = 1_000_000;
/** What a decoder of Opus needs before the place that is sought (RFC 7845 section 4.6), in nanoseconds. */
const seekPreRoll = 80_000_000;
const sampleRate = 48_000;
const channels = 2;

/** RFC 7845 section 5.1: version 1, two channels, no pre-skip, 48 kHz, no gain, mapping family 0. */
const opusHead = concat([text('OpusHead'), Uint8Array.of(1, channels, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, 0)]);

const ebmlHead = element(
  ids.ebml,
  element(ids.ebmlVersion, uint(1)),
  element(ids.ebmlReadVersion, uint(1)),
  element(ids.ebmlMaxIdLength, uint(4)),
  element(ids.ebmlMaxSizeLength, uint(8)),
  element(ids.docType, text('webm')),
  element(ids.docTypeVersion, uint(4)),
  element(ids.docTypeReadVersion, uint(2)),
);

/** The Info of a file, or of a run that says how its own frames came. @param duration ms; null while nobody knows */
export const info = (duration: number | null, origin: Origin): Uint8Array =>
  element(
    ids.info,
    element(ids.timestampScale, uint(nanosecondsPerMillisecond)),
    ...(duration === null ? [] : [element(ids.duration, float64(duration))]),
    element(ids.muxingApp, text('Sotto')),
    element(ids.writingApp, text(writingApps[origin])),
  );

const videoTrack = ({ width, height }: PictureSize): Uint8Array =>
  element(
    ids.trackEntry,
    element(ids.trackNumber, uint(trackNumbers.video)),
    element(ids.trackUid, uint(trackNumbers.video)),
    element(ids.trackType, uint(1)),
    element(ids.flagLacing, uint(0)),
    element(ids.codecId, text('V_VP8')),
    element(ids.video, element(ids.pixelWidth, uint(width)), element(ids.pixelHeight, uint(height))),
  );

const audioTrack = element(
  ids.trackEntry,
  element(ids.trackNumber, uint(trackNumbers.audio)),
  element(ids.trackUid, uint(trackNumbers.audio)),
  element(ids.trackType, uint(2)),
  element(ids.flagLacing, uint(0)),
  element(ids.codecId, text('A_OPUS')),
  element(ids.codecPrivate, opusHead),
  element(ids.seekPreRoll, uint(seekPreRoll)),
  element(ids.audio, element(ids.samplingFrequency, float64(sampleRate)), element(ids.channels, uint(channels))),
);

const tracks = (picture: PictureSize, kinds: ReadonlySet<TrackKind>): Uint8Array =>
  element(
    ids.tracks,
    ...(kinds.has('video') ? [videoTrack(picture)] : []),
    ...(kinds.has('audio') ? [audioTrack] : []),
  );

/** What a file begins with while nobody knows how long it will be: both tracks, no duration, no cues. */
export const openHead = (picture: PictureSize, origin: Origin): Uint8Array<ArrayBuffer> =>
  concat([
    ebmlHead,
    idOctets(ids.segment),
    unknownSize,
    info(null, origin),
    tracks(picture, new Set(['video', 'audio'])),
  ]);

/** What is known of a whole recording once it ended, or was looked through. */
export interface RecordingIndex {
  readonly picture: PictureSize;
  readonly origin: Origin;
  /** Those that have a frame. */
  readonly kinds: ReadonlySet<TrackKind>;
  /** Milliseconds. */
  readonly duration: number;
  /** Places are counted from the first cluster. */
  readonly clusters: readonly Cluster[];
}

/**
 * What to serve in front of the clusters in place of `openHead`: with duration and cues, so that a player seeks
 * without looking through the file.
 */
export function finalHead({ picture, origin, kinds, duration, clusters }: RecordingIndex): Uint8Array<ArrayBuffer> {
  const track = trackNumbers[kinds.has('video') ? 'video' : 'audio'];
  const front = concat([info(duration, origin), tracks(picture, kinds)]);
  const sought = clusters.filter(({ isSeekable }) => isSeekable);
  const cuesFrom = (first: number): Uint8Array =>
    element(
      ids.cues,
      ...sought.map(({ place, time }) =>
        element(
          ids.cuePoint,
          element(ids.cueTime, uint64(time)),
          element(
            ids.cueTrackPositions,
            element(ids.cueTrack, uint(track)),
            element(ids.cueClusterPosition, uint64(first + place)),
          ),
        ),
      ),
    );
  // Places are always as long, so the cues are as long wherever the clusters begin.
  const cues = cuesFrom(front.length + cuesFrom(0).length);
  return concat([ebmlHead, idOctets(ids.segment), unknownSize, front, ...(sought.length > 0 ? [cues] : [])]);
}
