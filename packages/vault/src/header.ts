import { type Bytes, concat, copyOf, equal, sha256, view } from './bytes.ts';
import type { Part } from './context.ts';
import { FormatError, LengthError, LimitError, type Place, UnknownVersionError } from './errors.ts';
import { maxRuns } from './limits.ts';

/** Bytes of a header (SPEC.md section 4). The body begins after them. */
export const headerLength = 1280;
/** Bytes before `enc`: what the wrap authenticates. */
const boundLength = 112;
const encLength = 1120;
const magic = Uint8Array.of(0x89, 0x53, 0x56, 0x4c, 0x54, 0x0d, 0x0a, 0x1a);
const version = 1;
const suite = 1;
const partCodes = { body: 0, head: 1 } as const;
const partsByCode: readonly Part[] = ['body', 'head'];

/** What stands before the wrapped key. */
export interface BoundFields {
  readonly part: Part;
  readonly run: number;
  readonly contextHash: Bytes;
  /** Hash of the run before; zeros for run 0 and the head. */
  readonly previous: Bytes;
  readonly commitment: Bytes;
}

/** HPKE's output (SPEC.md section 6). */
export interface WrappedKey {
  readonly enc: Bytes;
  readonly wrapped: Bytes;
}

/** A parsed header. Nothing in it is authenticated until the data key unwraps or its commitment matches. */
export interface RunHeader extends BoundFields, WrappedKey {
  /** The fields before `enc`, as they stand in the file. */
  readonly bound: Bytes;
  /** SHA-256 of the whole header. */
  readonly hash: Bytes;
}

/** What an error says of the run it's about. */
export const placeOf = ({ part, run }: { part: Part; run: number }): { run?: number } =>
  part === 'body' ? { run } : {};

export const encodeBound = ({ part, run, contextHash, previous, commitment }: BoundFields): Bytes => {
  const numbers = new Uint8Array(8);
  const words = view(numbers);
  words.setUint16(0, version);
  words.setUint16(2, suite);
  words.setUint16(4, partCodes[part]);
  words.setUint16(6, run);
  return concat(magic, numbers, contextHash, previous, commitment);
};

export const encodeHeader = (bound: Bytes, { enc, wrapped }: WrappedKey): Bytes => concat(bound, enc, wrapped);

/** Whether `bytes` begin like a run. */
export const beginsRun = (bytes: Bytes): boolean => equal(bytes.subarray(0, magic.byteLength), magic);

/**
 * Parses a header strictly.
 *
 * @throws FormatError, LengthError, LimitError or UnknownVersionError, layer `header`
 */
export const parseHeader = async (bytes: Bytes): Promise<RunHeader> => {
  const place: Place = { layer: 'header' };
  if (bytes.byteLength !== headerLength) throw new LengthError(place);
  const copy = copyOf(bytes, place);
  if (!beginsRun(copy)) throw new FormatError(place);
  const words = view(copy);
  if (words.getUint16(8) !== version || words.getUint16(10) !== suite) throw new UnknownVersionError(place);
  const part = partsByCode[words.getUint16(12)];
  const run = words.getUint16(14);
  if (part === undefined || (part === 'head' && run !== 0)) throw new FormatError(place);
  if (run >= maxRuns) throw new LimitError(place);
  return {
    part,
    run,
    contextHash: copy.subarray(16, 48),
    previous: copy.subarray(48, 80),
    commitment: copy.subarray(80, boundLength),
    enc: copy.subarray(boundLength, boundLength + encLength),
    wrapped: copy.subarray(boundLength + encLength),
    bound: copy.subarray(0, boundLength),
    hash: await sha256(copy),
  };
};
