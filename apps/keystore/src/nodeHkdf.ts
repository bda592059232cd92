import { createHmac } from 'node:crypto';
import { HkdfSha256 } from '@hpke/core';
import { type Bytes, bytesOf, copy } from './bytes.ts';

/** Octets of a SHA-256. */
const hashLength = 32;

type Extract = HkdfSha256['extract'];
type Expand = HkdfSha256['expand'];
type ExtractAndExpand = HkdfSha256['extractAndExpand'];

/**
 * HKDF-SHA256 (RFC 5869) by the platform's HMAC, at once: HPKE's key schedule asks for eight of them, and each took the
 * library two trips to WebCrypto's threads.
 */
export class NodeHkdf extends HkdfSha256 {
  override extract(salt: Parameters<Extract>[0], ikm: Parameters<Extract>[1]): ReturnType<Extract> {
    return Promise.resolve(extract(bytesOf(salt), bytesOf(ikm)).buffer);
  }

  override expand(prk: Parameters<Expand>[0], info: Parameters<Expand>[1], length: number): ReturnType<Expand> {
    return Promise.resolve(expand(bytesOf(prk), bytesOf(info), length).buffer);
  }

  override extractAndExpand(...[salt, ikm, info, length]: Parameters<ExtractAndExpand>): ReturnType<ExtractAndExpand> {
    const prk = extract(bytesOf(salt), bytesOf(ikm));
    try {
      return Promise.resolve(expand(prk, bytesOf(info), length).buffer);
    } finally {
      prk.fill(0);
    }
  }
}

/** RFC 5869 section 2.2; a salt that isn't there is a hash's length of zeros. */
const extract = (salt: Uint8Array, ikm: Uint8Array): Bytes =>
  copy(
    createHmac('sha256', salt.length === 0 ? new Uint8Array(hashLength) : salt)
      .update(ikm)
      .digest(),
  );

/** RFC 5869 section 2.3. @throws RangeError for more than 255 hashes */
function expand(prk: Uint8Array, info: Uint8Array, length: number): Bytes {
  if (length > 255 * hashLength) throw new RangeError('too much of one key');
  const okm = new Uint8Array(length);
  let previous: Uint8Array = new Uint8Array();
  for (let block = 1, at = 0; at < length; block += 1, at += hashLength) {
    previous = createHmac('sha256', prk).update(previous).update(info).update(Uint8Array.of(block)).digest();
    okm.set(previous.subarray(0, length - at), at);
  }
  return okm;
}
