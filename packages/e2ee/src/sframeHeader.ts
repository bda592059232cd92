/**
 * The SFrame header (RFC 9605 section 4.3): a configuration byte `X KKK Y CCC`, then the key id and the counter where
 * they don't fit into their three bits.
 */
const largest = 0xffff_ffff_ffff_ffffn;

/** 0 to 2^64 - 1: a number below 2^53, a bigint from there on, so that each value has one form. */
export type Uint64 = number | bigint;

export type ParsedHeader =
  | { tag: 'header'; kid: Uint64; counter: Uint64; length: number }
  /** Cut short, or a value not written in its shortest form. */
  | { tag: 'malformed' };

/** Octets of the header with these fields: 1 to 17. */
export function headerLength(kid: Uint64, counter: Uint64): number {
  return 1 + fieldLength(kid) + fieldLength(counter);
}

/**
 * Writes the header into `octets` from `at` on.
 *
 * @returns where it ends
 * @throws RangeError unless both are what `Uint64` says
 */
export function writeHeader(kid: Uint64, counter: Uint64, octets: Uint8Array, at = 0): number {
  if (!isUint64(kid) || !isUint64(counter)) throw new RangeError('SFrame header field');
  const counterAt = at + 1 + fieldLength(kid);
  const end = counterAt + fieldLength(counter);
  octets[at] = (configurationBits(kid) << 4) | configurationBits(counter);
  if (kid >= 8) writeBigEndian(kid, octets, counterAt);
  if (counter >= 8) writeBigEndian(counter, octets, end);
  return end;
}

/** Reads the header that begins at `at` of `octets`; what follows it doesn't matter. */
export function parseHeader(octets: Uint8Array, at = 0): ParsedHeader {
  const configuration = octets[at];
  if (configuration === undefined) return { tag: 'malformed' };
  const counterAt = at + 1 + lengthFrom(configuration >> 4);
  const end = counterAt + lengthFrom(configuration & 0b1111);
  if (end > octets.length) return { tag: 'malformed' };
  const kid = readField(octets, at + 1, configuration >> 4);
  const counter = readField(octets, counterAt, configuration & 0b1111);
  // One encoding for each value: a header that could have been shorter isn't ours.
  if (kid === null || counter === null) return { tag: 'malformed' };
  return { tag: 'header', kid, counter, length: end - at };
}

function isUint64(value: Uint64): boolean {
  return typeof value === 'number' ? Number.isSafeInteger(value) && value >= 0 : value >= 0n && value <= largest;
}

/** Octets of a field beside the configuration byte, in its shortest form. */
function fieldLength(value: Uint64): number {
  if (value < 8) return 0;
  if (typeof value === 'bigint') return Math.ceil(value.toString(16).length / 2);
  let length = 1;
  for (let rest = value; rest >= 256; rest /= 256) length += 1;
  return length;
}

/** A field's four bits: the value itself, or a flag and how many octets it takes, less one. */
function configurationBits(value: Uint64): number {
  return value < 8 ? Number(value) : 0b1000 | (fieldLength(value) - 1);
}

function lengthFrom(bits: number): number {
  return bits < 8 ? 0 : (bits & 0b111) + 1;
}

function writeBigEndian(value: Uint64, octets: Uint8Array, end: number): void {
  if (typeof value === 'bigint') {
    for (let rest = value, at = end - 1; rest > 0n; rest >>= 8n, at -= 1) octets[at] = Number(rest & 0xffn);
  } else {
    for (let rest = value, at = end - 1; rest > 0; rest = Math.floor(rest / 256), at -= 1) octets[at] = rest % 256;
  }
}

/** @returns null if the value isn't in its shortest form */
function readField(octets: Uint8Array, at: number, bits: number): Uint64 | null {
  if (bits < 8) return bits;
  const end = at + lengthFrom(bits);
  let value = 0;
  for (let index = at; index < end; index += 1) value = value * 256 + (octets[index] ?? 0);
  if (value < 8 || octets[at] === 0) return null;
  return Number.isSafeInteger(value) ? value : readLarge(octets.subarray(at, end));
}

function readLarge(field: Uint8Array): bigint {
  return field.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
}
