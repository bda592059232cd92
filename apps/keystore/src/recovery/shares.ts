import { combine, split } from 'shamir-secret-sharing';
import { type Bytes, concat, copy, sha256 } from '../bytes.ts';
import { RecoveryError } from '../errors.ts';
import { hpkePublicKey, hpkeSeedLength } from '../hpke.ts';

const shareCount = 5;
export const shareThreshold = 3;

const version = 0x01;
const setLength = 4;
const checksumLength = 4;
/** Shamir's shares are a byte longer than the secret: their x. */
const pieceLength = hpkeSeedLength + 1;
const bodyLength = 1 + setLength + 1 + pieceLength;

const setOf = (publicKey: Bytes): Bytes => sha256(publicKey).slice(0, setLength);
const checksumOf = (body: Uint8Array): Bytes => sha256(body).slice(0, checksumLength);
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/**
 * Splits the recovery key's seed into five texts, any three of which give it back (SPEC.md section 2).
 *
 * @param seed the private seed; the caller wipes it
 */
export async function splitSeed(seed: Bytes, publicKey: Bytes): Promise<string[]> {
  const pieces = await split(seed, shareCount, shareThreshold);
  return pieces.map((piece) => {
    const body = concat(Uint8Array.of(version), setOf(publicKey), Uint8Array.of(shareThreshold), piece);
    const text = Buffer.from(concat(body, checksumOf(body))).toString('hex');
    return (text.match(/.{1,4}/g) ?? []).join(' ');
  });
}

/** @throws RecoveryError `format` or `checksum` (a letter was mistyped), `otherSet` (of another ceremony) */
function parseShare(text: string, publicKey: Bytes): Bytes {
  const digits = text.replace(/\s+/g, '').toLowerCase();
  if (!/^[0-9a-f]+$/.test(digits) || digits.length !== 2 * (bodyLength + checksumLength)) {
    throw new RecoveryError('format');
  }
  const bytes = copy(Buffer.from(digits, 'hex'));
  const body = bytes.subarray(0, bodyLength);
  if (!same(checksumOf(body), bytes.subarray(bodyLength))) throw new RecoveryError('checksum');
  if (bytes[0] !== version || bytes[1 + setLength] !== shareThreshold) throw new RecoveryError('format');
  if (!same(bytes.subarray(1, 1 + setLength), setOf(publicKey))) throw new RecoveryError('otherSet');
  return bytes.slice(1 + setLength + 1, bodyLength);
}

/**
 * The seed from three or more shares.
 *
 * @param publicKey the recovery public key that the seed must belong to
 * @returns 32 bytes that the caller wipes
 * @throws RecoveryError saying what is wrong with the shares
 */
export async function combineShares(texts: readonly string[], publicKey: Bytes): Promise<Bytes> {
  const pieces = texts.map((text) => parseShare(text, publicKey));
  if (new Set(pieces.map((piece) => piece.at(-1))).size < pieces.length) throw new RecoveryError('duplicate');
  if (pieces.length < shareThreshold) throw new RecoveryError('tooFew');
  const seed = copy(await combine(pieces));
  for (const piece of pieces) piece.fill(0);
  if (!same(await hpkePublicKey(seed), publicKey)) {
    seed.fill(0);
    throw new RecoveryError('otherKey');
  }
  return seed;
}
