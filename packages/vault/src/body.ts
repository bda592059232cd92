import { type Bytes, concat, copyOf } from './bytes.ts';
import { bodyKey, type PlatformKey } from './dataKey.ts';
import { AuthenticityError, FormatError, type Place } from './errors.ts';
import { bodyHeaderLength } from './layout.ts';

const saltLength = 32;
const noncePrefixLength = 7;

/** Random bytes that a body begins with (SPEC.md section 7). */
export const bodyRandomLength = saltLength + noncePrefixLength;

/** The nonce of a segment: the body's prefix, the segment's number, and whether it is the last. */
const nonceOf = (prefix: Bytes, index: number, last: boolean): Bytes => {
  const nonce = new Uint8Array(12);
  nonce.set(prefix);
  nonce[7] = index >>> 24;
  nonce[8] = index >>> 16;
  nonce[9] = index >>> 8;
  nonce[10] = index;
  nonce[11] = last ? 1 : 0;
  return nonce;
};

/** Seals the segments of one body. Never twice the same `index`: that is the caller's whole duty. */
export interface BodySealer {
  /** The 40 bytes before segment 0. Nobody may change them. */
  readonly header: Bytes;
  /** Reads `plaintext` before it returns, so the caller may use the buffer again at once. */
  seal(index: number, last: boolean, plaintext: Bytes): Promise<ArrayBuffer>;
}

export const createBodySealer = async (
  dataKey: PlatformKey,
  associatedData: Bytes,
  random: Bytes,
): Promise<BodySealer> => {
  const header = concat(Uint8Array.of(bodyHeaderLength), random);
  const prefix = header.subarray(1 + saltLength);
  const key = await bodyKey(dataKey, header.subarray(1, 1 + saltLength), associatedData, 'encrypt');
  return {
    header,
    seal: (index, last, plaintext) =>
      crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonceOf(prefix, index, last) }, key, plaintext),
  };
};

/** Opens the segments of one body, in any order. */
export interface BodyOpener {
  /**
   * Opens neighbouring segments side by side: all of them, or none.
   *
   * @param first number of the first segment
   * @param last whether the final one of them is the body's last
   * @throws AuthenticityError naming the first segment that doesn't open
   */
  open(first: number, last: boolean, segments: readonly Bytes[]): Promise<readonly ArrayBuffer[]>;
}

/**
 * @param bytes the body's first 40 bytes
 * @param place what errors say of the run
 * @throws FormatError when they don't begin with their length
 */
export const createBodyOpener = async (
  dataKey: PlatformKey,
  associatedData: Bytes,
  bytes: Bytes,
  place: { run?: number },
): Promise<BodyOpener> => {
  const failed: Place = { layer: 'body', ...place };
  const header = copyOf(bytes, failed);
  if (header.byteLength !== bodyHeaderLength || header[0] !== bodyHeaderLength) throw new FormatError(failed);
  const prefix = header.subarray(1 + saltLength);
  const key = await bodyKey(dataKey, header.subarray(1, 1 + saltLength), associatedData, 'decrypt');
  return {
    open: async (first, last, segments) => {
      const jobs = segments.map((segment, step) => {
        const iv = nonceOf(prefix, first + step, last && step === segments.length - 1);
        return crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, segment);
      });
      try {
        return await Promise.all(jobs);
      } catch {
        const outcomes = await Promise.allSettled(jobs);
        const step = outcomes.findIndex(({ status }) => status === 'rejected');
        throw new AuthenticityError({ ...failed, segment: first + step });
      }
    },
  };
};
