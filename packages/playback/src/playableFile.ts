import { type Bytes, maxHeadLength, maxReadLength, type ObjectReader } from '@sotto/vault';
import {
  finalHead,
  findFirstCluster,
  headFromZero,
  longestFront,
  type Origin,
  RecordingScan,
  readFinalHead,
  type ScannedRecording,
  type TrackKind,
  WebmFormatError,
} from '@sotto/webm';
import type { ByteRange } from './byteRange.ts';
import { PlaybackFault } from './errors.ts';

/** What a browser is given first, and at most, at a time: little, so that a seek shows soon; then more. */
const firstLength = 48 * 1024;
const longestLength = 512 * 1024;

type Stretch =
  | { readonly of: 'head'; readonly octets: Bytes }
  /** Of the object's plaintext. */
  | { readonly of: 'object'; readonly from: number; readonly length: number };

const lengthOf = (stretch: Stretch): number => (stretch.of === 'head' ? stretch.octets.length : stretch.length);

/** One participant's recording as a WebM file with duration and cues: its head, then its clusters. */
export class PlayableFile {
  readonly length: number;
  readonly kinds: ReadonlySet<TrackKind>;
  /** When it begins and ends on the timeline of the visit's recordings, in milliseconds. */
  readonly begins: number;
  readonly ends: number;
  /** When another recorder went on with it: players have to be set anew there. Milliseconds, ascending. */
  readonly joints: readonly number[];
  /** How its frames came to whoever recorded. */
  readonly origin: Origin;
  readonly #reader: ObjectReader;
  readonly #stretches: readonly Stretch[];

  /** @param head what `finalHead` wrote @param clusters of the object's plaintext */
  private constructor(
    reader: ObjectReader,
    head: Bytes,
    clusters: readonly Stretch[],
    facts: Pick<PlayableFile, 'kinds' | 'begins' | 'ends' | 'joints' | 'origin'>,
  ) {
    const octets = facts.kinds.has('audio') && facts.begins > 0 ? headFromZero(head) : head;
    this.#reader = reader;
    this.#stretches = [{ of: 'head', octets }, ...clusters];
    this.length = this.#stretches.reduce((sum, stretch) => sum + lengthOf(stretch), 0);
    this.kinds = facts.kinds;
    this.begins = facts.begins;
    this.ends = facts.ends;
    this.joints = facts.joints;
    this.origin = facts.origin;
  }

  /**
   * @param onLookedThrough how much of a recording without a head was looked through, 0 to 1; with one it isn't called
   * @throws PlaybackFault, and what the reader throws
   */
  static async open(reader: ObjectReader, onLookedThrough: (share: number) => void): Promise<PlayableFile> {
    try {
      return await (reader.head === null ? PlayableFile.#rebuild(reader, onLookedThrough) : PlayableFile.#join(reader));
    } catch (error) {
      if (error instanceof WebmFormatError) throw new PlaybackFault('spoilt');
      throw error;
    }
  }

  static async #join(reader: ObjectReader): Promise<PlayableFile> {
    const { head } = reader;
    if (head === null || head.length > maxHeadLength) throw new PlaybackFault('spoilt');
    const octets = await head.read(0, head.length);
    const { duration, kinds, origin } = readFinalHead(octets);
    const first = findFirstCluster(await reader.read(0, Math.min(longestFront, reader.length)));
    const clusters: Stretch = { of: 'object', from: first.place, length: reader.length - first.place };
    const facts = { kinds, begins: first.time, ends: duration, joints: [], origin };
    return new PlayableFile(reader, octets, [clusters], facts);
  }

  /** Makes the head that its recorder couldn't write any more. */
  static async #rebuild(reader: ObjectReader, onLookedThrough: (share: number) => void): Promise<PlayableFile> {
    const scan = new RecordingScan();
    const runEnds: number[] = [];
    let read = 0;
    for (const run of reader.runs) {
      for await (const piece of run.pieces(0, run.length)) {
        scan.push(piece);
        read += piece.length;
        onLookedThrough(read / reader.length);
      }
      scan.nextRun();
      runEnds.push(read);
    }
    const found = scan.finish();
    const [first] = found?.clusters ?? [];
    if (found === null || first === undefined) throw new PlaybackFault('empty');
    const { kinds, duration, pieces, origin } = found;
    const stretches = pieces.map(({ start, end }): Stretch => ({ of: 'object', from: start, length: end - start }));
    const facts = { kinds, origin, begins: first.time, ends: duration, joints: jointsOf(found, runEnds.slice(0, -1)) };
    return new PlayableFile(reader, finalHead(found), stretches, facts);
  }

  /** The octets of a range, in order. What was read is authenticated; it throws what the reader throws at what isn't. */
  async *pieces({ from, to }: ByteRange, signal: AbortSignal): AsyncGenerator<Bytes, void, undefined> {
    let length = firstLength;
    let at = from;
    const readNext = (): Promise<Bytes> => {
      const until = Math.min(at + length, to);
      const reading = this.#read(at, until, signal);
      // It's awaited in order, which may be after the one before has failed.
      reading.catch(() => undefined);
      at = until;
      length = Math.min(length * 2, longestLength);
      return reading;
    };
    let next: Promise<Bytes> | null = readNext();
    while (next !== null) {
      const piece: Bytes = await next;
      next = at < to ? readNext() : null;
      yield piece;
    }
  }

  /** Octets `[from, to)`, no more than a reader gives at once. */
  async #read(from: number, to: number, signal: AbortSignal): Promise<Bytes> {
    const octets = new Uint8Array(to - from);
    let start = 0;
    for (const stretch of this.#stretches) {
      const length = lengthOf(stretch);
      const first = Math.max(from - start, 0);
      const stop = Math.min(to - start, length);
      if (first < stop) {
        octets.set(await this.#readStretch(stretch, first, stop - first, signal), start + first - from);
      }
      start += length;
    }
    return octets;
  }

  async #readStretch(stretch: Stretch, from: number, length: number, signal: AbortSignal): Promise<Bytes> {
    if (stretch.of === 'head') return stretch.octets.subarray(from, from + length);
    return await this.#reader.read(stretch.from + from, Math.min(length, maxReadLength), signal);
  }
}

/** When the first cluster behind each place begins. */
function jointsOf({ clusters, pieces }: ScannedRecording, places: readonly number[]): number[] {
  const kept = (place: number): number =>
    pieces.reduce((sum, { start, end }) => sum + Math.max(0, Math.min(end, place) - start), 0);
  return places.flatMap((place) => clusters.find((cluster) => cluster.place >= kept(place))?.time ?? []);
}
