import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type LeafThumbprint, leafThumbprint } from '@sotto/protocol/ids';

/** An Ed25519 key as a browser makes it for a leaf or a recorder: for tests that stand for one. */
export class SigningKey {
  readonly #key: KeyObject;
  /** Raw public key: 32 bytes (RFC 8032). */
  readonly octets: Uint8Array<ArrayBuffer>;

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    this.#key = privateKey;
    this.octets = new Uint8Array(Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'));
  }

  /** `octets`, base64url. */
  get publicKey(): string {
    return Buffer.from(this.octets).toString('base64url');
  }

  get leaf(): LeafThumbprint {
    return leafThumbprint.parse(createHash('sha256').update(this.octets).digest('base64url'));
  }

  /** @returns base64url */
  sign(message: Uint8Array): string {
    return sign(null, message, this.#key).toString('base64url');
  }

  /** As `signManifest` of packages/vault takes it. */
  get signer() {
    return {
      algorithm: 'Ed25519' as const,
      publicKey: this.octets,
      sign: async (message: Uint8Array) => new Uint8Array(sign(null, message, this.#key)),
    };
  }
}
