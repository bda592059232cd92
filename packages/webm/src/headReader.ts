import { ids, readHead, readUint } from './ebml.ts';
import { WebmFormatError } from './errors.ts';
import { type TrackKind, trackNumbers } from './frame.ts';
import { type Origin, originOf } from './origin.ts';

/** What a head says of the file that it stands in front of. */
export interface RecordingFacts {
  /** Milliseconds. */
  readonly duration: number;
  readonly kinds: ReadonlySet<TrackKind>;
  readonly origin: Origin;
}

/** Elements with their payloads, entering those whose ends aren't told. */
export function* elementsOf(bytes: Uint8Array): Generator<{ id: number; payload: Uint8Array }> {
  for (let at = 0; at < bytes.length; ) {
    const head = readHead(bytes, at);
    if (head === null) throw new WebmFormatError('element');
    at += head.length;
    if (head.size === null) continue;
    yield { id: head.id, payload: bytes.subarray(at, at + head.size) };
    at += head.size;
    if (at > bytes.length) throw new WebmFormatError('element');
  }
}

const float = (bytes: Uint8Array): number => {
  if (bytes.length !== 8) throw new WebmFormatError('number');
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0);
};

/**
 * Reads what `finalHead` wrote.
 *
 * @throws WebmFormatError if it isn't one
 */
export function readFinalHead(bytes: Uint8Array): RecordingFacts {
  let duration: number | null = null;
  let origin: Origin = 'frames';
  const kinds = new Set<TrackKind>();
  for (const { id, payload } of elementsOf(bytes)) {
    if (id !== ids.info && id !== ids.tracks) continue;
    for (const inner of elementsOf(payload)) {
      if (inner.id === ids.duration) duration = float(inner.payload);
      if (inner.id === ids.writingApp) origin = originOf(inner.payload);
      if (inner.id !== ids.trackEntry) continue;
      for (const { id: member, payload: value } of elementsOf(inner.payload)) {
        if (member === ids.trackNumber) kinds.add(readUint(value) === trackNumbers.video ? 'video' : 'audio');
      }
    }
  }
  if (duration === null || !Number.isFinite(duration) || duration < 0) throw new WebmFormatError('no duration');
  return { duration, kinds, origin };
}

/** Where a recording's clusters begin, and when the first of them does, in milliseconds. */
export interface FirstCluster {
  readonly place: number;
  readonly time: number;
}

/** What stands before the first cluster is shorter (packages/recording/SPEC.md section 6), with the cluster's own time. */
export const longestFront = 16 * 1024;

/**
 * Looks for the first cluster in the beginning of a recording.
 *
 * @param front its first `longestFront` octets, or all if there are fewer
 * @throws WebmFormatError if there is none
 */
export function findFirstCluster(front: Uint8Array): FirstCluster {
  for (let at = 0; at < front.length; ) {
    const head = readHead(front, at);
    if (head === null) break;
    if (head.id === ids.cluster) {
      const inner = readHead(front, at + head.length);
      if (inner?.id !== ids.timestamp || inner.size === null) break;
      const from = at + head.length + inner.length;
      return { place: at, time: readUint(front.subarray(from, from + inner.size)) };
    }
    at += head.length + (head.id === ids.segment ? 0 : (head.size ?? 0));
  }
  throw new WebmFormatError('no cluster');
}
