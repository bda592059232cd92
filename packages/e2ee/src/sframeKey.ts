import { concat } from './octets.ts';

/** AES_256_GCM_SHA512_128 (RFC 9605 section 8.1). */
const suite = { id: 0x0005, keyOctets: 32, nonceOctets: 12, hash: 'SHA-512' } as const;

/** Octets of the base key that MLS exports. */
export const baseKeyOctets = suite.keyOctets;

/** Label of the MLS exporter (RFC 9605 section 5.2); its context is empty. */
export const baseKeyLabel = 'SFrame 1.0 Base Key';

/** The key and salt of one KID. Neither leaves this process: the key isn't extractable. */
export interface SFrameKey {
  kid: number;
  key: CryptoKey;
  salt: Uint8Array<ArrayBuffer>;
}

/** Takes a base key in and wipes the bytes given. */
export async function importBaseKey(octets: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey('raw', octets, 'HKDF', false, ['deriveKey', 'deriveBits']);
  } finally {
    octets.fill(0);
  }
}

/**
 * The key schedule of RFC 9605 section 4.4.2: HKDF with SHA-512 and an empty salt.
 *
 * @param baseKey from `importBaseKey`
 * @param usage what the key will be good for, and nothing else
 */
export async function deriveSFrameKey(
  baseKey: CryptoKey,
  kid: number,
  usage: 'encrypt' | 'decrypt',
): Promise<SFrameKey> {
  const [key, salt] = await Promise.all([
    crypto.subtle.deriveKey(
      hkdf('SFrame 1.0 Secret key ', kid),
      baseKey,
      { name: 'AES-GCM', length: suite.keyOctets * 8 },
      false,
      [usage],
    ),
    crypto.subtle.deriveBits(hkdf('SFrame 1.0 Secret salt ', kid), baseKey, suite.nonceOctets * 8),
  ]);
  return { kid, key, salt: new Uint8Array(salt) };
}

function hkdf(label: string, kid: number): HkdfParams {
  const suffix = new Uint8Array(10);
  const view = new DataView(suffix.buffer);
  view.setBigUint64(0, BigInt(kid));
  view.setUint16(8, suite.id);
  return {
    name: 'HKDF',
    hash: suite.hash,
    salt: new Uint8Array(0),
    info: concat(new TextEncoder().encode(label), suffix),
  };
}

/** Octets of the AEAD's nonce. */
export const nonceOctets = suite.nonceOctets;

/** Writes the AEAD nonce of one frame: salt XOR counter (RFC 9605 section 4.4.3). */
export function writeNonce(salt: Uint8Array, counter: number, nonce: Uint8Array): void {
  nonce.set(salt);
  for (let rest = counter, at = nonce.length - 1; rest > 0; rest = Math.floor(rest / 256), at -= 1) {
    nonce[at] = (nonce[at] ?? 0) ^ (rest % 256);
  }
}
