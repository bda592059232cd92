import { randomBytes } from 'node:crypto';
import { type Bytes, copy } from '../bytes.ts';
import { MasterKeyError } from '../errors.ts';
import { openAes256Gcm, sealAes256Gcm } from '../nodeAes256Gcm.ts';
import { decodeWrap, encodeWrap, nonceLength, wrapKinds } from '../wrap.ts';

/** Wraps 32 bytes under a patient's key (SPEC.md section 2). @param version the patient key's */
export function wrapByPatientKey(patientKey: Bytes, version: number, key: Bytes, aad: Bytes): Bytes {
  const nonce = copy(randomBytes(nonceLength));
  return encodeWrap(wrapKinds.patient, { version, nonce, ciphertext: sealAes256Gcm(patientKey, nonce, key, aad) });
}

/** @returns 32 bytes that the caller wipes @throws MasterKeyError `format`, `unknownVersion` or `authenticity` */
export function unwrapByPatientKey(patientKey: Bytes, version: number, wrapped: Bytes, aad: Bytes): Bytes {
  const { version: stated, nonce, ciphertext } = decodeWrap(wrapKinds.patient, wrapped);
  if (stated !== version) throw new MasterKeyError('unknownVersion');
  try {
    return openAes256Gcm(patientKey, nonce, ciphertext, aad);
  } catch (cause) {
    throw new MasterKeyError('authenticity', { cause });
  }
}
