import { concat, type ElementHead, ids, readHead, readUint } from './ebml.ts';
import { WebmFormatError } from './errors.ts';
import type { MediaFrame, TrackKind } from './frame.ts';

/** Far more than an encoder makes of one picture. */
const mostElement = 8 * 1024 * 1024;
const defaultScale = 1_000_000;
const millisecond = 1_000_000;
const lacing = 0x06;

const codecs: ReadonlyMap<string, TrackKind> = new Map([
  ['V_VP8', 'video'],
  ['A_OPUS', 'audio'],
]);

/** Elements that are entered: what follows their heads are elements again. */
const entered: ReadonlySet<number> = new Set([ids.segment, ids.cluster, ids.blockGroup, ids.info, ids.tracks]);

/** Takes the frames out of a WebM file as it comes, one written by anybody: VP8 and Opus, no other codec. */
export class WebmReader {
  readonly #kinds = new Map<number, TrackKind>();
  /** What was read and isn't told yet. */
  #rest: Uint8Array = new Uint8Array();
  /** Of an element that is passed over. */
  #toPass = 0;
  /** Nanoseconds that a tick of the file's time lasts. */
  #scale = defaultScale;
  #cluster: number | null = null;

  /**
   * @param chunk the next octets of the file
   * @returns the frames that are whole by now; times in milliseconds from the file's beginning
   * @throws WebmFormatError when it isn't such a file
   */
  push(chunk: Uint8Array): MediaFrame[] {
    let bytes = this.#rest.length === 0 ? chunk : concat([this.#rest, chunk]);
    const frames: MediaFrame[] = [];
    for (;;) {
      const step = Math.min(this.#toPass, bytes.length);
      this.#toPass -= step;
      bytes = bytes.subarray(step);
      const head = this.#toPass > 0 ? null : readHead(bytes, 0);
      if (head === null) break;
      if (entered.has(head.id)) {
        if (head.id === ids.cluster) this.#cluster = null;
        bytes = bytes.subarray(head.length);
        continue;
      }
      const { size } = head;
      if (size === null) throw new WebmFormatError('element without a size');
      if (!isRead(head)) {
        this.#toPass = head.length + size;
        continue;
      }
      if (size > mostElement) throw new WebmFormatError('element too long');
      if (bytes.length < head.length + size) break;
      const frame = this.#take(head.id, bytes.subarray(head.length, head.length + size));
      if (frame !== null) frames.push(frame);
      bytes = bytes.subarray(head.length + size);
    }
    this.#rest = new Uint8Array(bytes);
    return frames;
  }

  #take(id: number, payload: Uint8Array): MediaFrame | null {
    switch (id) {
      case ids.timestampScale:
        this.#scale = readUint(payload);
        return null;
      case ids.trackEntry:
        this.#takeTrack(payload);
        return null;
      case ids.timestamp:
        this.#cluster = readUint(payload);
        return null;
      default:
        return this.#frameOf(payload);
    }
  }

  #takeTrack(entry: Uint8Array): void {
    let number: number | null = null;
    let codec = '';
    for (let at = 0; at < entry.length; ) {
      const head = readHead(entry, at);
      if (typeof head?.size !== 'number') throw new WebmFormatError('track');
      const payload = entry.subarray(at + head.length, at + head.length + head.size);
      if (head.id === ids.trackNumber) number = readUint(payload);
      if (head.id === ids.codecId) codec = new TextDecoder().decode(payload);
      at += head.length + head.size;
    }
    const kind = codecs.get(codec);
    if (number === null || kind === undefined) throw new WebmFormatError('codec');
    this.#kinds.set(number, kind);
  }

  #frameOf(block: Uint8Array): MediaFrame {
    const kind = this.#kinds.get((block[0] ?? 0) & 0x7f);
    const isPlain = block.length >= 4 && ((block[0] ?? 0) & 0x80) !== 0 && ((block[3] ?? 0) & lacing) === 0;
    if (!isPlain || kind === undefined || this.#cluster === null) throw new WebmFormatError('block');
    const offset = new DataView(block.buffer, block.byteOffset).getInt16(1);
    const data = block.slice(4);
    // The P bit of VP8's frame tag (RFC 6386 section 9.1): not every writer marks key frames.
    const isKey = kind === 'audio' || ((data[0] ?? 1) & 1) === 0;
    return { kind, time: ((this.#cluster + offset) * this.#scale) / millisecond, isKey, data };
  }
}

const isRead = ({ id }: ElementHead): boolean =>
  id === ids.timestampScale ||
  id === ids.trackEntry ||
  id === ids.timestamp ||
  id === ids.simpleBlock ||
  id === ids.block;
