import { type Bytes, concat, utf8 } from '../bytes.ts';
import { RecoveryError } from '../errors.ts';
import { hpkeEncLength, hpkeOpen, hpkeSeal } from '../hpke.ts';
import { keyLength } from '../wrap.ts';

const format = 0x01;
const info = utf8('sotto/keystore/v1 recovery');
const tagLength = 16;
const recoveryWrapLength = 1 + hpkeEncLength + keyLength + tagLength;

/** Wraps a key to the offline recovery key (SPEC.md section 2). */
export async function wrapForRecovery(publicKey: Bytes, key: Bytes, aad: Bytes): Promise<Bytes> {
  const { enc, ciphertext } = await hpkeSeal(publicKey, { info, aad }, key);
  return concat(Uint8Array.of(format), enc, ciphertext);
}

/** @returns the key, which the caller wipes @throws RecoveryError `format` or `authenticity` */
export async function openRecoveryWrap(seed: Bytes, wrapped: Bytes, aad: Bytes): Promise<Bytes> {
  if (wrapped.length !== recoveryWrapLength || wrapped[0] !== format) throw new RecoveryError('format');
  const body = 1 + hpkeEncLength;
  const sealed = { enc: wrapped.slice(1, body), ciphertext: wrapped.slice(body) };
  const key = await hpkeOpen(seed, { info, aad }, sealed);
  if (key === null) throw new RecoveryError('authenticity');
  return key;
}
