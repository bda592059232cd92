import { ClusterIndex } from './clusterIndex.ts';
import { concat, type ElementHead, ids, readHead, readUint } from './ebml.ts';
import { WebmFormatError } from './errors.ts';
import { type TrackKind, trackNumbers } from './frame.ts';
import type { PictureSize, RecordingIndex } from './head.ts';
import { type Origin, originOf } from './origin.ts';

/** A stretch of what was read. */
export interface Piece {
  readonly start: number;
  readonly end: number;
}

/** What a recording that has no final head turned out to be. */
export interface ScannedRecording extends RecordingIndex {
  /** The stretches that, one behind the other, are its clusters: nothing that was cut off is in them. */
  readonly pieces: readonly Piece[];
}

/** Front of a block: track, time and flags. */
const blockFront = 4;
/** Of elements that are kept to be read: the description of the tracks is the longest. */
const mostKept = 4096;
/** Of one frame: far more than an encoder makes. */
const mostBlock = 8 * 1024 * 1024;
const keyFlag = 0x80;

/** Elements that are entered: what follows their heads are elements again. */
const entered: ReadonlySet<number> = new Set([ids.segment, ids.cluster]);
/** Those that are read. Of a block, its front is. */
const read: ReadonlySet<number> = new Set([ids.info, ids.tracks, ids.timestamp]);
const passed: ReadonlySet<number> = new Set([ids.ebml, ids.void]);

/**
 * Looks through what a `WebmWriter` wrote, piece by piece, without keeping any of it. For recordings whose recorder
 * died before it could write their head: the runs that are there, one after the other, each perhaps cut off anywhere.
 */
export class RecordingScan {
  readonly #index = new ClusterIndex();
  readonly #pieces: Piece[] = [];
  #picture: PictureSize | null = null;
  #origin: Origin = 'frames';
  /** Octets that can't be told yet. */
  #rest: Uint8Array = new Uint8Array();
  /** Octets to pass before the next element. */
  #toPass = 0;
  /** Where the next octet stands in what was read. */
  #position = 0;
  /** Behind the last element that is whole, and where the stretch that it ends began. */
  #whole = 0;
  #pieceStart: number | null = null;
  /** Octets of clusters in earlier stretches. */
  #kept = 0;
  /** Where the open cluster begins, and when, once it has said so. */
  #clusterPlace = 0;
  #cluster: number | null = null;
  /** What the element says that is being passed, to be believed once it is whole. */
  #learn: (() => void) | null = null;

  /** @throws WebmFormatError */
  push(chunk: Uint8Array): void {
    let bytes = this.#rest.length === 0 ? chunk : concat([this.#rest, chunk]);
    this.#rest = new Uint8Array();
    for (;;) {
      const step = Math.min(this.#toPass, bytes.length);
      this.#toPass -= step;
      this.#position += step;
      bytes = bytes.subarray(step);
      if (this.#toPass > 0) return;
      this.#believe();
      const head = readHead(bytes, 0);
      if (!head || !this.#begin(head, bytes)) break;
      this.#toPass += head.length + (entered.has(head.id) ? 0 : (head.size ?? 0));
    }
    if (bytes.length > mostKept) throw new WebmFormatError('element too long');
    this.#rest = new Uint8Array(bytes);
  }

  /** What follows was written by a recorder of its own. */
  nextRun(): void {
    this.#endPiece();
    this.#position += this.#rest.length;
    this.#rest = new Uint8Array();
    this.#toPass = 0;
    this.#learn = null;
    this.#cluster = null;
    this.#whole = this.#position;
  }

  /** @returns null if there is nothing to play */
  finish(): ScannedRecording | null {
    this.nextRun();
    const { kinds, duration } = this.#index;
    if (!this.#picture || kinds.size === 0) return null;
    return {
      picture: this.#picture,
      origin: this.#origin,
      kinds,
      duration,
      clusters: this.#index.clusters(),
      pieces: [...this.#pieces],
    };
  }

  #believe(): void {
    this.#learn?.();
    this.#learn = null;
    // A cluster that was cut off before it said when it begins is none.
    if (this.#pieceStart === null || this.#cluster !== null) this.#whole = this.#position;
  }

  #endPiece(): void {
    if (this.#pieceStart === null) return;
    const end = Math.max(this.#whole, this.#pieceStart);
    if (end > this.#pieceStart) this.#pieces.push({ start: this.#pieceStart, end });
    this.#kept += end - this.#pieceStart;
    this.#pieceStart = null;
  }

  /** @returns whether enough of it stands there to be told */
  #begin({ id, size, length }: ElementHead, bytes: Uint8Array): boolean {
    if (entered.has(id) || passed.has(id)) {
      if (size === null && !entered.has(id)) throw new WebmFormatError('element without a size');
      if (id === ids.cluster) this.#beginCluster();
      return true;
    }
    if (size === null) throw new WebmFormatError('element without a size');
    if (id === ids.simpleBlock) {
      if (size < blockFront || size > mostBlock) throw new WebmFormatError('block');
      if (bytes.length < length + blockFront) return false;
      this.#beginBlock(bytes.subarray(length, length + blockFront));
      return true;
    }
    if (!read.has(id)) throw new WebmFormatError('element');
    if (size > mostKept - 16) throw new WebmFormatError('element too long');
    if (bytes.length < length + size) return false;
    const payload = new Uint8Array(bytes.subarray(length, length + size));
    this.#learn = () => {
      if (id === ids.info) this.#learnOrigin(originIn(payload));
      else if (id === ids.tracks) this.#picture = pictureIn(payload) ?? this.#picture;
      else this.#beginTime(readUint(payload));
    };
    return true;
  }

  /** One run that was encoded anew is enough, whatever the others are. */
  #learnOrigin(origin: Origin | null): void {
    if (origin === 'encodedAnew') this.#origin = origin;
  }

  #beginCluster(): void {
    this.#pieceStart ??= this.#position;
    this.#cluster = null;
    this.#clusterPlace = this.#kept + this.#position - this.#pieceStart;
  }

  #beginTime(time: number): void {
    this.#cluster = time;
    this.#index.begin(this.#clusterPlace, time);
  }

  #beginBlock(front: Uint8Array): void {
    const kind = kindOf((front[0] ?? 0) & 0x7f);
    const cluster = this.#cluster;
    if (cluster === null || kind === null) throw new WebmFormatError('block');
    const offset = new DataView(front.buffer, front.byteOffset).getInt16(1);
    const isKey = ((front[3] ?? 0) & keyFlag) !== 0;
    this.#learn = () => {
      this.#index.frame(kind, cluster + offset, isKey);
    };
  }
}

function kindOf(track: number): TrackKind | null {
  if (track === trackNumbers.video) return 'video';
  return track === trackNumbers.audio ? 'audio' : null;
}

/** What the Info says of how the frames came here. */
function originIn(info: Uint8Array): Origin | null {
  for (let at = 0; at < info.length; ) {
    const head = readHead(info, at);
    if (typeof head?.size !== 'number') throw new WebmFormatError('info');
    const from = at + head.length;
    if (head.id === ids.writingApp) return originOf(info.subarray(from, from + head.size));
    at = from + head.size;
  }
  return null;
}

/** The size that the track of a picture is opened at. */
function pictureIn(tracks: Uint8Array): PictureSize | null {
  const found = new Map<number, number>();
  const look = (bytes: Uint8Array): void => {
    for (let at = 0; at < bytes.length; ) {
      const head = readHead(bytes, at);
      if (typeof head?.size !== 'number') throw new WebmFormatError('tracks');
      const payload = bytes.subarray(at + head.length, at + head.length + head.size);
      if (payload.length !== head.size) throw new WebmFormatError('tracks');
      if (head.id === ids.trackEntry || head.id === ids.video) look(payload);
      else if (head.id === ids.pixelWidth || head.id === ids.pixelHeight) found.set(head.id, readUint(payload));
      at += head.length + head.size;
    }
  };
  look(tracks);
  const [width, height] = [found.get(ids.pixelWidth), found.get(ids.pixelHeight)];
  return width === undefined || height === undefined ? null : { width, height };
}
