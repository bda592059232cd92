import { concat } from './octets.ts';
import { encodeHeader, parseHeader } from './sframeHeader.ts';
import { frameNonce, type SFrameKey } from './sframeKey.ts';

/** Octets of the authentication tag. */
export const tagOctets = 16;
const nothing = new Uint8Array(0);

/**
 * Seals one payload (RFC 9605 section 4.4.3).
 *
 * @param counter never used before with this key: a second use gives the plaintext away
 * @param metadata authenticated, not sent
 * @param front what the result begins with: neither sealed nor authenticated, unless the metadata has it
 * @returns header, ciphertext and tag
 */
export async function sealSFrame(
  key: SFrameKey,
  counter: bigint,
  metadata: Uint8Array,
  plaintext: Uint8Array<ArrayBuffer>,
  front: Uint8Array = nothing,
): Promise<Uint8Array<ArrayBuffer>> {
  const header = encodeHeader(key.kid, counter);
  const sealed = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv: frameNonce(key.salt, counter), additionalData: concat(header, metadata), tagLength: 128 },
    key.key,
    plaintext,
  );
  // Joined once: a large frame's copies take longer than its encryption.
  return concat(front, header, new Uint8Array(sealed));
}

/**
 * Opens what `sealSFrame` made (RFC 9605 section 4.4.4). The caller has checked the counter against replays.
 *
 * @param sealed header, ciphertext and tag
 * @returns the payload; null if the header isn't one of this key, or anything was changed
 */
export async function openSFrame(
  key: SFrameKey,
  metadata: Uint8Array,
  sealed: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const header = parseHeader(sealed);
  if (header.tag === 'malformed' || header.kid !== key.kid) return null;
  if (sealed.length < header.length + tagOctets) return null;
  const algorithm = {
    name: 'AES-GCM',
    iv: frameNonce(key.salt, header.counter),
    additionalData: concat(sealed.subarray(0, header.length), metadata),
    tagLength: tagOctets * 8,
  };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, key.key, sealed.subarray(header.length)));
  } catch {
    return null;
  }
}
