import { CipherSuite } from '@hpke/core';
import { XWing } from '@hpke/hybridkem-x-wing';
import type { Bytes } from './bytes.ts';
import { NodeAes256Gcm } from './nodeAes256Gcm.ts';
import { NodeHkdf } from './nodeHkdf.ts';
import { NodeXWing } from './nodeXWing.ts';

/** HPKE base mode (RFC 9180) with X-Wing, HKDF-SHA256 and AES-256-GCM: the vault's suite (packages/vault/SPEC.md section 5). */
const hpke = new CipherSuite({ kem: new NodeXWing(), kdf: new NodeHkdf(), aead: new NodeAes256Gcm() });

const hpkePublicKeyLength = 1216;
export const hpkeEncLength = 1120;
export const hpkeSeedLength = 32;
/** Randomness of one encapsulation. */
export const encapsulationLength = 64;

export interface HpkeSealed {
  readonly enc: Bytes;
  readonly ciphertext: Bytes;
}

export interface HpkeBinding {
  readonly info: Bytes;
  readonly aad: Bytes;
}

/** Bytes of the ML-KEM-768 part of a public key that are coefficients, and their modulus (FIPS 203 section 8). */
const coefficientBytes = 1152;
const modulus = 3329;

/** Whether bytes can be an X-Wing public key: its length, and FIPS 203's modulus check (section 7.2). */
export function isHpkePublicKey(bytes: Bytes): boolean {
  if (bytes.length !== hpkePublicKeyLength) return false;
  for (let at = 0; at < coefficientBytes; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3);
    // Two coefficients of 12 bits, the low byte first.
    if ((((b & 0x0f) << 8) | a) >= modulus || ((c << 4) | (b >> 4)) >= modulus) return false;
  }
  return true;
}

/**
 * Seals to a public key.
 *
 * @param encapsulation 64 secret bytes in place of the KEM's own randomness; null for fresh ones
 * @throws whatever the library throws when the public key isn't one
 */
export async function hpkeSeal(
  publicKey: Bytes,
  { info, aad }: HpkeBinding,
  plaintext: Bytes,
  encapsulation: Bytes | null = null,
): Promise<HpkeSealed> {
  const recipientPublicKey = await hpke.kem.deserializePublicKey(publicKey);
  const ekm = encapsulation === null ? {} : { ekm: encapsulation };
  const { enc, ct } = await hpke.seal({ recipientPublicKey, info, ...ekm }, plaintext, aad);
  return { enc: new Uint8Array(enc), ciphertext: new Uint8Array(ct) };
}

/** Opens with the private seed. Null if it was sealed to another key, for something else, or changed. */
export async function hpkeOpen(
  seed: Bytes,
  { info, aad }: HpkeBinding,
  { enc, ciphertext }: HpkeSealed,
): Promise<Bytes | null> {
  const recipientKey = await hpke.kem.deserializePrivateKey(seed);
  try {
    return new Uint8Array(await hpke.open({ recipientKey, enc, info }, ciphertext, aad));
  } catch {
    return null;
  } finally {
    // The library keeps the seed in a plain object and hands out that very buffer: wipe its copy.
    new Uint8Array(await hpke.kem.serializePrivateKey(recipientKey)).fill(0);
  }
}

/** The public key of a private seed, 1,216 bytes. @throws whatever the library throws unless the seed is 32 bytes */
export async function hpkePublicKey(seed: Bytes): Promise<Bytes> {
  const kem = new XWing();
  // The library goes on to use the buffer that it is given.
  const pair = await kem.generateKeyPairDerand(seed.slice());
  return new Uint8Array(await kem.serializePublicKey(pair.publicKey));
}
