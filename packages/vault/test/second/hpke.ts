import { createDecipheriv } from 'node:crypto';
import { expand, extract } from './hkdf.ts';
import { xWingDecapsulate } from './xWing.ts';

const label = (text: string): Buffer => Buffer.from(text, 'ascii');

const twoBytes = (value: number): Buffer => Buffer.of(value >> 8, value & 0xff);

/** A suite's key schedule in base mode (RFC 9180 section 5.1), for a KDF of HKDF-SHA256. */
export const keySchedule = (
  suite: { readonly kem: number; readonly aead: number; readonly keySize: 16 | 32 },
  sharedSecret: Buffer,
  info: Uint8Array,
): { key: Buffer; baseNonce: Buffer } => {
  const suiteId = Buffer.concat([label('HPKE'), twoBytes(suite.kem), twoBytes(0x0001), twoBytes(suite.aead)]);
  const labeledExtract = (salt: Buffer, name: string, ikm: Uint8Array): Buffer =>
    extract('sha256', salt, Buffer.concat([label('HPKE-v1'), suiteId, label(name), ikm]));
  const labeledExpand = (prk: Buffer, name: string, context: Buffer, length: number): Buffer =>
    expand('sha256', prk, Buffer.concat([twoBytes(length), label('HPKE-v1'), suiteId, label(name), context]), length);
  const empty = Buffer.alloc(0);
  const baseMode = Buffer.of(0);
  const context = Buffer.concat([
    baseMode,
    labeledExtract(empty, 'psk_id_hash', empty),
    labeledExtract(empty, 'info_hash', info),
  ]);
  const secret = labeledExtract(sharedSecret, 'secret', empty);
  return {
    key: labeledExpand(secret, 'key', context, suite.keySize),
    baseNonce: labeledExpand(secret, 'base_nonce', context, 12),
  };
};

/** AES-GCM with the tag at the end. */
export const aeadOpen = (key: Buffer, nonce: Buffer, aad: Uint8Array, ciphertext: Uint8Array): Buffer => {
  const decipher = createDecipheriv(key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm', key, nonce);
  decipher.setAAD(aad);
  decipher.setAuthTag(ciphertext.subarray(-16));
  return Buffer.concat([decipher.update(ciphertext.subarray(0, -16)), decipher.final()]);
};

/** Single-shot opening with the suite of SPEC.md section 5. */
export const hpkeOpen = (sealed: {
  readonly privateKey: Uint8Array;
  readonly enc: Uint8Array;
  readonly info: Uint8Array;
  readonly aad: Uint8Array;
  readonly ciphertext: Uint8Array;
}): Buffer => {
  const sharedSecret = xWingDecapsulate(sealed.privateKey, sealed.enc);
  const { key, baseNonce } = keySchedule({ kem: 0x647a, aead: 0x0002, keySize: 32 }, sharedSecret, sealed.info);
  return aeadOpen(key, baseNonce, sealed.aad, sealed.ciphertext);
};
