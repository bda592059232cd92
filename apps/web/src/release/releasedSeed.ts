import { Aes256Gcm, CipherSuite, HkdfSha256 } from '@hpke/core';
import { XWing } from '@hpke/hybridkem-x-wing';
import { type Bytes, fromBase64url } from '../keystore/bytes.ts';
import { EvidenceFault } from '../keystore/errors.ts';

const seedLength = 32;

interface SealedSeed {
  readonly object: string;
  readonly enc: string;
  readonly sealed: string;
}

/**
 * Opens what the keystore sealed to this viewer (apps/keystore/SPEC.md section 5, step 10).
 *
 * @param privateKey the viewer's 32-byte seed; not kept
 * @returns the object's seed, which the caller wipes
 * @throws EvidenceFault `request` when it was sealed to another key or for another request
 */
export async function openReleasedSeed(
  { object, enc, sealed }: SealedSeed,
  privateKey: Bytes,
  requestHash: Bytes,
): Promise<Bytes> {
  const [aad, encapsulated, ciphertext] = [fromBase64url(object), fromBase64url(enc), fromBase64url(sealed)];
  if (aad === null || encapsulated === null || ciphertext === null) throw new EvidenceFault('request');
  const hpke = new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  // The library goes on to use the buffer that it is given.
  const recipientKey = await hpke.kem.deserializePrivateKey(privateKey.slice());
  try {
    const seed = new Uint8Array(
      await hpke.open({ recipientKey, enc: encapsulated, info: requestHash }, ciphertext, aad),
    );
    if (seed.byteLength !== seedLength) throw new EvidenceFault('request');
    return seed;
  } catch {
    throw new EvidenceFault('request');
  } finally {
    new Uint8Array(await hpke.kem.serializePrivateKey(recipientKey)).fill(0);
  }
}
