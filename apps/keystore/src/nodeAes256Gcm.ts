import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { type AeadEncryptionContext, Aes256Gcm } from '@hpke/core';
import { type Bytes, bytesOf, concat, copy } from './bytes.ts';

/** Bytes of GCM's tag, at the end of a ciphertext. */
const tagLength = 16;

type Key = Uint8Array | KeyObject;

/** AES-256-GCM (SP 800-38D). @param key 32 bytes @returns ciphertext and tag */
export function sealAes256Gcm(key: Key, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Bytes {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength });
  cipher.setAAD(aad);
  return concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
}

/** @returns bytes that the caller wipes @throws the platform's error if it isn't authentic: then nothing of it is given out */
export function openAes256Gcm(key: Key, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Bytes {
  const end = Math.max(sealed.length - tagLength, 0);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(end));
  const opened = decipher.update(sealed.subarray(0, end));
  try {
    decipher.final();
    return copy(opened);
  } finally {
    opened.fill(0);
  }
}

/** HPKE's AEAD by the platform, at once: the library's goes to WebCrypto's threads and back twice for 48 bytes. */
export class NodeAes256Gcm extends Aes256Gcm {
  override createEncryptionContext(given: ArrayBufferLike | ArrayBufferView): AeadEncryptionContext {
    const key = createSecretKey(bytesOf(given));
    return {
      seal: async (nonce, data, aad) => sealAes256Gcm(key, bytesOf(nonce), bytesOf(data), bytesOf(aad)).buffer,
      open: async (nonce, data, aad) => openAes256Gcm(key, bytesOf(nonce), bytesOf(data), bytesOf(aad)).buffer,
    };
  }
}
