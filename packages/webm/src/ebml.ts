import { WebmFormatError, WebmUsageError } from './errors.ts';

/** Elements of Matroska (RFC 9559) and EBML (RFC 8794) that a recording has, by their ids. */
export const ids = {
  ebml: 0x1a45dfa3,
  ebmlVersion: 0x4286,
  ebmlReadVersion: 0x42f7,
  ebmlMaxIdLength: 0x42f2,
  ebmlMaxSizeLength: 0x42f3,
  docType: 0x4282,
  docTypeVersion: 0x4287,
  docTypeReadVersion: 0x4285,
  segment: 0x18538067,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  duration: 0x4489,
  muxingApp: 0x4d80,
  writingApp: 0x5741,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackUid: 0x73c5,
  trackType: 0x83,
  flagLacing: 0x9c,
  codecId: 0x86,
  codecPrivate: 0x63a2,
  seekPreRoll: 0x56bb,
  video: 0xe0,
  pixelWidth: 0xb0,
  pixelHeight: 0xba,
  audio: 0xe1,
  samplingFrequency: 0xb5,
  channels: 0x9f,
  cluster: 0x1f43b675,
  timestamp: 0xe7,
  simpleBlock: 0xa3,
  blockGroup: 0xa0,
  block: 0xa1,
  cues: 0x1c53bb6b,
  cuePoint: 0xbb,
  cueTime: 0xb3,
  cueTrackPositions: 0xb7,
  cueTrack: 0xf7,
  cueClusterPosition: 0xf1,
  void: 0xec,
} as const;

/** The size of an element whose end is told by what follows it. */
export const unknownSize = Uint8Array.of(0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
/** Octets of a size as these elements have it: more than any is long. */
const sizeOctets = 8;
const encoder = new TextEncoder();

export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function idOctets(id: number): Uint8Array<ArrayBuffer> {
  const octets: number[] = [];
  for (let rest = id; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Uint8Array.from(octets);
}

/** Big-endian, the fewest octets; at least one. */
export function uint(value: number): Uint8Array<ArrayBuffer> {
  const octets = idOctets(value);
  return octets.length === 0 ? Uint8Array.of(0) : octets;
}

/** Big-endian, always eight octets: for what is filled in when lengths are known. */
export function uint64(value: number): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(8);
  new DataView(octets.buffer).setBigUint64(0, BigInt(value));
  return octets;
}

export function float64(value: number): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(8);
  new DataView(octets.buffer).setFloat64(0, value);
  return octets;
}

export const text = (value: string): Uint8Array<ArrayBuffer> => encoder.encode(value);

/** A size in as few octets as it takes. All ones would say "unknown", so the largest of each length isn't used. */
function size(value: number): Uint8Array<ArrayBuffer> {
  for (let octets = 1; octets <= sizeOctets; octets += 1) {
    if (value < 2 ** (7 * octets) - 1) return sizeIn(value, octets);
  }
  throw new WebmUsageError('an element too long for its size');
}

function sizeIn(value: number, octets: number): Uint8Array<ArrayBuffer> {
  const written = uint64(value).slice(8 - octets);
  written[0] = (written[0] ?? 0) | (0x80 >> (octets - 1));
  return written;
}

export function element(id: number, ...payload: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = payload.reduce((sum, part) => sum + part.length, 0);
  return concat([idOctets(id), size(length), ...payload]);
}

/** The shortest Void there is. */
const leastVoid = 2;

/**
 * An element that readers pass over, `length` octets with its head.
 *
 * @throws WebmUsageError below `leastVoid`
 */
export function voidOf(length: number): Uint8Array<ArrayBuffer> {
  if (!Number.isSafeInteger(length) || length < leastVoid) throw new WebmUsageError('a Void too short');
  // A size may be longer than it has to be (RFC 8794 section 4.4): then every length can be had.
  const octets = length < 128 ? 1 : sizeOctets;
  const whole = new Uint8Array(length);
  whole[0] = ids.void;
  whole.set(sizeIn(length - 1 - octets, octets), 1);
  return whole;
}

/** The front of an element: what follows it is its payload. */
export interface ElementHead {
  readonly id: number;
  /** Octets of the payload; null where that isn't said. */
  readonly size: number | null;
  /** Octets of this head itself. */
  readonly length: number;
}

/**
 * Reads the head of an element.
 *
 * @returns null if it doesn't stand there whole
 * @throws WebmFormatError if no head can begin so
 */
export function readHead(bytes: Uint8Array, at: number): ElementHead | null {
  const idLength = lengthOf(bytes, at, 4);
  if (idLength === null || at + idLength >= bytes.length) return null;
  const sizeAt = at + idLength;
  const sizeLength = lengthOf(bytes, sizeAt, sizeOctets);
  if (sizeLength === null || sizeAt + sizeLength > bytes.length) return null;
  const length = idLength + sizeLength;
  const id = readUint(bytes.subarray(at, sizeAt));
  const written = new Uint8Array(bytes.subarray(sizeAt, at + length));
  const bits = 0xff >> sizeLength;
  written[0] = (written[0] ?? 0) & bits;
  const isUnknown = written.every((octet, place) => octet === (place === 0 ? bits : 0xff));
  return { id, size: isUnknown ? null : readUint(written), length };
}

/** Octets of a number that says so itself; null behind the end. */
function lengthOf(bytes: Uint8Array, at: number, most: number): number | null {
  const first = bytes[at];
  if (first === undefined) return null;
  const length = Math.clz32(first) - 23;
  if (length > most) throw new WebmFormatError('length marker');
  return length;
}

/** @throws WebmFormatError if it is longer than a safe integer */
export function readUint(bytes: Uint8Array): number {
  const value = bytes.reduce((sum, octet) => sum * 256 + octet, 0);
  if (bytes.length > 8 || value > Number.MAX_SAFE_INTEGER) throw new WebmFormatError('number');
  return value;
}
