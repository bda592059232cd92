import { type Bytes, unshared } from './bytes.ts';
import { LengthError, type Place, PortError } from './errors.ts';

/** Sealed bytes at rest: a file, an object in storage, parts in the origin's private files. */
export interface ByteSource {
  /** Bytes in all. It doesn't change while the source is in use. */
  readonly length: number;
  /**
   * The `length` bytes from `offset` on, which lie within the source. The answer is the reader's: it isn't changed
   * afterwards. When `signal` aborts, nobody waits for the answer any more.
   */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
}

/** A source over bytes in memory, which nobody changes while it is in use. */
export const bytesSource = (bytes: Uint8Array): ByteSource => ({
  length: bytes.byteLength,
  read: async (offset, length) => bytes.subarray(offset, offset + length),
});

/**
 * The `length` bytes of `source` from `offset` on, as a source of their own.
 *
 * @throws LengthError when they don't lie within it
 */
export const sliceSource = (source: ByteSource, offset: number, length: number): ByteSource => {
  if (offset < 0 || length < 0 || offset + length > source.length) throw new LengthError({ layer: 'source' });
  return { length, read: (from, count, signal) => source.read(offset + from, count, signal) };
};

/**
 * Asks a source for exactly these bytes.
 *
 * @throws LengthError when they would lie outside it or it answers with another number of bytes
 * @throws PortError when it fails, or its answer isn't bytes of its own
 */
export const readExactly = async (
  source: ByteSource,
  offset: number,
  length: number,
  place: Omit<Place, 'layer'>,
  signal?: AbortSignal,
): Promise<Bytes> => {
  const failed: Place = { layer: 'source', ...place };
  if (offset + length > source.length) throw new LengthError(failed);
  let answer: Uint8Array;
  try {
    answer = await source.read(offset, length, signal);
  } catch (cause) {
    throw new PortError(failed, { cause });
  }
  if (!(answer instanceof Uint8Array) || !unshared(answer)) throw new PortError(failed);
  if (answer.byteLength !== length) throw new LengthError(failed);
  return answer;
};
