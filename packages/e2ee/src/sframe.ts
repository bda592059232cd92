import { headerLength, writeHeader } from './sframeHeader.ts';
import { nonceOctets, type SFrameKey, writeNonce } from './sframeKey.ts';

/** Octets of the authentication tag. */
export const tagOctets = 16;

/**
 * SFrame's encryption and decryption (RFC 9605 sections 4.4.3 and 4.4.4). The nonce and what is authenticated lie in
 * octets that the next frame uses again, since making them anew costs as much as a fifth of a small frame's encryption.
 * WebCrypto copies all that it is given before it returns its promise, so frames needn't wait for each other.
 */
export class SFrameCipher {
  readonly #parameters = {
    name: 'AES-GCM',
    iv: new Uint8Array(nonceOctets),
    additionalData: new Uint8Array(0),
    tagLength: tagOctets * 8,
  };

  /**
   * @param counter never used before with this key: a second use gives the plaintext away
   * @param metadata authenticated, not sent
   * @returns ciphertext and tag, which are to be sent behind the header of this key id and counter
   * @throws RangeError if the counter isn't one
   */
  encrypt(
    { kid, key, salt }: SFrameKey,
    counter: number,
    metadata: Uint8Array,
    plaintext: Uint8Array<ArrayBuffer>,
  ): Promise<ArrayBuffer> {
    return crypto.subtle.encrypt(this.#parametersOf(kid, salt, counter, metadata), key, plaintext);
  }

  /**
   * The caller has checked the counter against replays.
   *
   * @param ciphertext with its tag
   * @returns the plaintext; rejects if that isn't what was sealed under this key, counter and metadata
   */
  decrypt(
    { kid, key, salt }: SFrameKey,
    counter: number,
    metadata: Uint8Array,
    ciphertext: Uint8Array<ArrayBuffer>,
  ): Promise<ArrayBuffer> {
    return crypto.subtle.decrypt(this.#parametersOf(kid, salt, counter, metadata), key, ciphertext);
  }

  #parametersOf(kid: number, salt: Uint8Array, counter: number, metadata: Uint8Array): AesGcmParams {
    const parameters = this.#parameters;
    writeNonce(salt, counter, parameters.iv);
    const length = headerLength(kid, counter) + metadata.length;
    if (parameters.additionalData.length !== length) parameters.additionalData = new Uint8Array(length);
    const metadataAt = writeHeader(kid, counter, parameters.additionalData);
    parameters.additionalData.set(metadata, metadataAt);
    return parameters;
  }
}
