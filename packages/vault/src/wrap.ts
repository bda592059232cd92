import { Aes256Gcm, CipherSuite, HkdfSha256 } from '@hpke/core';
import { XWing } from '@hpke/hybridkem-x-wing';
import type { Bytes } from './bytes.ts';
import { ArgumentError, AuthenticityError } from './errors.ts';
import { placeOf, type RunHeader, type WrappedKey } from './header.ts';

/** Bytes of an object's public key, and of its private seed (X-Wing). */
export const publicKeyLength = 1216;
export const privateKeyLength = 32;

const suite = () => new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });

/** An object's key pair. Whoever makes it decides who may open the object; the writer gets the public key alone. */
export interface ObjectKeyPair {
  readonly publicKey: Bytes;
  /** The 32-byte seed. */
  readonly privateKey: Bytes;
}

/** Makes the key pair of a new object (SPEC.md section 6). */
export const createObjectKeyPair = async (): Promise<ObjectKeyPair> => {
  const { kem } = suite();
  const pair = await kem.generateKeyPair();
  return {
    publicKey: new Uint8Array(await kem.serializePublicKey(pair.publicKey)),
    privateKey: new Uint8Array(await kem.serializePrivateKey(pair.privateKey)),
  };
};

/**
 * Seals a data key to an object's public key (SPEC.md section 6).
 *
 * @param encapsulation 64 bytes in place of the KEM's own randomness: for vectors only
 * @throws ArgumentError when the public key isn't one
 */
export const wrapDataKey = async (
  dataKey: Bytes,
  publicKey: Bytes,
  contextHash: Bytes,
  bound: Bytes,
  encapsulation: Bytes | null,
): Promise<WrappedKey> => {
  const hpke = suite();
  try {
    const recipientPublicKey = await hpke.kem.deserializePublicKey(publicKey);
    const { enc, ct } = await hpke.seal(
      { recipientPublicKey, info: contextHash, ...(encapsulation === null ? {} : { ekm: encapsulation }) },
      dataKey,
      bound,
    );
    return { enc: new Uint8Array(enc), wrapped: new Uint8Array(ct) };
  } catch (cause) {
    throw new ArgumentError({ layer: 'wrap' }, { cause });
  }
};

/**
 * The data key of a run, by the object's private key.
 *
 * @param privateKey the 32-byte seed; not kept
 * @returns 32 bytes that the caller must wipe, or hand to a reader, which does
 * @throws AuthenticityError, layer `wrap`, when the header was sealed to another key or changed
 */
export const unwrapDataKey = async (header: RunHeader, privateKey: Bytes): Promise<Bytes> => {
  if (privateKey.byteLength !== privateKeyLength) throw new ArgumentError({ layer: 'keys' });
  const hpke = suite();
  const recipientKey = await hpke.kem.deserializePrivateKey(privateKey);
  try {
    const opened = await hpke.open(
      { recipientKey, enc: header.enc, info: header.contextHash },
      header.wrapped,
      header.bound,
    );
    return new Uint8Array(opened);
  } catch {
    throw new AuthenticityError({ layer: 'wrap', ...placeOf(header) });
  } finally {
    // The library keeps the seed in a plain object and hands out that very buffer: wipe its copy.
    new Uint8Array(await hpke.kem.serializePrivateKey(recipientKey)).fill(0);
  }
};
