import { createDecipheriv } from 'node:crypto';
import { hkdf } from './hkdf.ts';

/** The parameters of Tink's AES-GCM-HKDF streaming encryption, as its description names them. */
export interface Parameters {
  readonly hash: 'sha1' | 'sha256';
  readonly derivedKeySize: 16 | 32;
  readonly segmentSize: number;
}

const openSegment = (key: Buffer, nonce: Buffer, segment: Buffer): Buffer => {
  const decipher = createDecipheriv(key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm', key, nonce);
  decipher.setAuthTag(segment.subarray(-16));
  return Buffer.concat([decipher.update(segment.subarray(0, -16)), decipher.final()]);
};

/**
 * Opens a stream (SPEC.md section 7).
 *
 * @param ending of a run that was `cut` the last segment may have been sealed as one in the middle
 */
export const openStream = (
  { hash, derivedKeySize, segmentSize }: Parameters,
  keyValue: Uint8Array,
  associatedData: Uint8Array,
  ciphertext: Buffer,
  ending: 'closed' | 'cut' = 'closed',
): Buffer => {
  const headerLength = 1 + derivedKeySize + 7;
  if (ciphertext[0] !== headerLength) throw new Error('the stream says another header length');
  const salt = ciphertext.subarray(1, 1 + derivedKeySize);
  const noncePrefix = ciphertext.subarray(1 + derivedKeySize, headerLength);
  const key = hkdf(hash, keyValue, salt, associatedData, derivedKeySize);
  const count = Math.ceil(ciphertext.length / segmentSize);
  const segments = Array.from({ length: count }, (_, index) => {
    const start = index === 0 ? headerLength : index * segmentSize;
    const segment = ciphertext.subarray(start, (index + 1) * segmentSize);
    const nonce = (last: number): Buffer => {
      const number = Buffer.alloc(4);
      number.writeUInt32BE(index);
      return Buffer.concat([noncePrefix, number, Buffer.of(last)]);
    };
    if (index < count - 1) return openSegment(key, nonce(0), segment);
    if (ending === 'closed') return openSegment(key, nonce(1), segment);
    try {
      return openSegment(key, nonce(0), segment);
    } catch {
      return openSegment(key, nonce(1), segment);
    }
  });
  return Buffer.concat(segments);
};
