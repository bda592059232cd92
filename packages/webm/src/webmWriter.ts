import { ClusterIndex } from './clusterIndex.ts';
import { concat, element, idOctets, ids, uint, unknownSize, voidOf } from './ebml.ts';
import { WebmUsageError } from './errors.ts';
import { type MediaFrame, type TrackKind, trackNumbers } from './frame.ts';
import { finalHead, info, openHead, type PictureSize } from './head.ts';
import type { Origin } from './origin.ts';

/** How long a frame waits for one of the other track that belongs before it, in milliseconds. */
const holdMs = 250;
/** A cluster ends at the next key frame, and without one after the longest time. Milliseconds. */
const leastClusterMs = 1000;
const longestClusterMs = 5000;
const keyFlag = 0x80;

type Output = Uint8Array<ArrayBuffer>;

/**
 * Writes frames as they come: what it has handed out never changes, and a file that is cut off anywhere still plays up
 * to there. What needs the end — duration and cues — makes a head of its own, that is served in place of the first.
 *
 * Nothing is encoded anew. Picture that comes before the first key frame is left out.
 */
export class WebmWriter {
  readonly #picture: PictureSize;
  readonly #index = new ClusterIndex();
  /** By time. */
  #held: MediaFrame[] = [];
  #newest = Number.NEGATIVE_INFINITY;
  /** Octets that were handed out, from the first cluster on. */
  #written = 0;
  /** When the open cluster begins. */
  #cluster: number | null = null;
  readonly #last: Record<TrackKind, number> = { audio: -1, video: -1 };
  #awaitsKey = true;
  #origin: Origin = 'frames';

  /** @param picture the largest that may come, 1 to 16,383 each way */
  constructor(picture: PictureSize) {
    const isSide = (length: number): boolean => Number.isInteger(length) && length >= 1 && length <= 16_383;
    if (!isSide(picture.width) || !isSide(picture.height)) throw new WebmUsageError('a picture of no size');
    this.#picture = picture;
  }

  /** What a file begins with. What is added to a file that has its beginning already has `goOn` in its place. */
  open(origin: Origin = 'frames'): Output {
    this.#origin = origin;
    return openHead(this.#picture, origin);
  }

  /** What stands before the first cluster that is added to a file: how its frames came, unless as they were sent. */
  goOn(origin: Origin): Output {
    this.#origin = origin;
    return origin === 'frames' ? concat([]) : concat([info(null, origin)]);
  }

  /**
   * @param frame later or earlier by up to a quarter of a second than those of the other track
   * @returns what can be written now
   */
  add(frame: MediaFrame): Output {
    if (!Number.isFinite(frame.time) || frame.time < 0) throw new WebmUsageError('a frame at no time');
    // An empty frame says that there is silence; nothing plays it.
    if (frame.data.length === 0) return concat([]);
    if (frame.kind === 'video') {
      if (this.#awaitsKey && !frame.isKey) return concat([]);
      this.#awaitsKey = false;
    }
    const after = this.#held.findLastIndex(({ time }) => time <= frame.time);
    this.#held.splice(after + 1, 0, frame);
    this.#newest = Math.max(this.#newest, frame.time);
    return this.#writeUpTo(this.#newest - holdMs);
  }

  /** What was held back, whatever may still come before it. */
  flush(): Output {
    return this.#writeUpTo(Number.POSITIVE_INFINITY);
  }

  /** Picture was lost: it goes on with the next key frame. */
  skipToKeyFrame(): void {
    this.#awaitsKey = true;
  }

  /**
   * What is added from here on can be read without what came before, but for the beginning of the file: it begins with a
   * cluster, and picture with a key frame. To be called after `flush()`.
   */
  beginAnew(): void {
    this.#cluster = null;
    this.#awaitsKey = true;
  }

  /** So many octets that readers pass over, two at least. */
  padding(length: number): Output {
    this.#written += length;
    return voidOf(length);
  }

  /** The head to serve in place of `open()` once everything was written. */
  finalHead(): Output {
    return finalHead({
      picture: this.#picture,
      origin: this.#origin,
      kinds: this.#index.kinds,
      duration: this.#index.duration,
      clusters: this.#index.clusters(),
    });
  }

  #writeUpTo(time: number): Output {
    const count = this.#held.findLastIndex((frame) => frame.time <= time) + 1;
    const parts: Output[] = [];
    for (const frame of this.#held.splice(0, count)) {
      for (const part of this.#block(frame)) {
        parts.push(part);
        this.#written += part.length;
      }
    }
    return concat(parts);
  }

  *#block({ kind, time, isKey, data }: MediaFrame): Generator<Output> {
    // Decoders take two frames of one track at one time for a fault: a late one is behind the one before it.
    const due = Math.max(Math.round(time), this.#last[kind] + 1);
    if (
      this.#cluster === null ||
      due - this.#cluster >= (kind === 'video' && isKey ? leastClusterMs : longestClusterMs)
    ) {
      this.#cluster = due;
      this.#index.begin(this.#written, due);
      yield concat([idOctets(ids.cluster), unknownSize, element(ids.timestamp, uint(due))]);
    }
    // A block before its cluster is an error to some players: a frame that is so late is heard a little late.
    const placed = Math.max(due, this.#cluster);
    this.#last[kind] = placed;
    this.#index.frame(kind, placed, isKey);
    const front = new Uint8Array(4);
    front[0] = 0x80 | trackNumbers[kind];
    new DataView(front.buffer).setInt16(1, placed - this.#cluster);
    front[3] = isKey ? keyFlag : 0;
    yield element(ids.simpleBlock, front, data);
  }
}
