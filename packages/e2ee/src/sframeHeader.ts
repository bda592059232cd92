/**
 * The SFrame header (RFC 9605 section 4.3): a configuration byte `X KKK Y CCC`, then the key id and the counter where
 * they don't fit into their three bits.
 */
const largest = 0xffff_ffff_ffff_ffffn;
const largestNumber = BigInt(Number.MAX_SAFE_INTEGER);

export type ParsedHeader =
  | { tag: 'header'; kid: bigint; counter: bigint; length: number }
  /** Cut short, or a value not written in its shortest form. */
  | { tag: 'malformed' };

/**
 * @param kid 0 to 2^64 - 1
 * @param counter 0 to 2^64 - 1
 * @throws RangeError outside of these
 */
export function encodeHeader(kid: bigint, counter: bigint): Uint8Array<ArrayBuffer> {
  if (kid < 0n || kid > largest || counter < 0n || counter > largest) throw new RangeError('SFrame header field');
  const kidOctets = kid < 8n ? [] : shortest(kid);
  const counterOctets = counter < 8n ? [] : shortest(counter);
  const kidBits = kid < 8n ? Number(kid) : 0b1000 | (kidOctets.length - 1);
  const counterBits = counter < 8n ? Number(counter) : 0b1000 | (counterOctets.length - 1);
  return Uint8Array.of((kidBits << 4) | counterBits, ...kidOctets, ...counterOctets);
}

/** Reads the header at the front of `octets`; what follows it doesn't matter. */
export function parseHeader(octets: Uint8Array): ParsedHeader {
  const [configuration] = octets;
  if (configuration === undefined) return { tag: 'malformed' };
  const kid = readField(octets, 1, configuration >> 4);
  if (kid === null) return { tag: 'malformed' };
  const counter = readField(octets, 1 + kid.length, configuration & 0b1111);
  if (counter === null) return { tag: 'malformed' };
  return { tag: 'header', kid: kid.value, counter: counter.value, length: 1 + kid.length + counter.length };
}

function shortest(value: bigint): number[] {
  const octets: number[] = [];
  // Arithmetic on numbers is many times faster, and a call's values are below 2^53.
  if (value <= largestNumber) {
    for (let rest = Number(value); rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  } else {
    for (let rest = value; rest > 0n; rest >>= 8n) octets.unshift(Number(rest & 0xffn));
  }
  return octets;
}

function readField(octets: Uint8Array, offset: number, bits: number): { value: bigint; length: number } | null {
  if (bits < 8) return { value: BigInt(bits), length: 0 };
  const length = (bits & 0b111) + 1;
  if (octets.length < offset + length) return null;
  const value = length <= 6 ? BigInt(readNumber(octets, offset, length)) : readLarge(octets, offset, length);
  // One encoding for each value: a header that could have been shorter isn't ours.
  return value < 8n || octets[offset] === 0 ? null : { value, length };
}

function readNumber(octets: Uint8Array, offset: number, length: number): number {
  let value = 0;
  for (let index = offset; index < offset + length; index += 1) value = value * 256 + (octets[index] ?? 0);
  return value;
}

function readLarge(octets: Uint8Array, offset: number, length: number): bigint {
  const field = octets.subarray(offset, offset + length);
  return field.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
}
