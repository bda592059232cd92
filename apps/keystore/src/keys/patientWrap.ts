import { webcrypto } from 'node:crypto';
import type { Bytes } from '../bytes.ts';
import { MasterKeyError } from '../errors.ts';
import { decodeWrap, encodeWrap, nonceLength, wrapKinds } from '../wrap.ts';

const { subtle } = webcrypto;
const importKey = (key: Bytes, usage: 'encrypt' | 'decrypt') => subtle.importKey('raw', key, 'AES-GCM', false, [usage]);

/** Wraps 32 bytes under a patient's key (SPEC.md section 2). @param version the patient key's */
export async function wrapByPatientKey(patientKey: Bytes, version: number, key: Bytes, aad: Bytes): Promise<Bytes> {
  const nonce = webcrypto.getRandomValues(new Uint8Array(nonceLength));
  const parameters = { name: 'AES-GCM', iv: nonce, additionalData: aad };
  const sealed = await subtle.encrypt(parameters, await importKey(patientKey, 'encrypt'), key);
  return encodeWrap(wrapKinds.patient, { version, nonce, ciphertext: new Uint8Array(sealed) });
}

/** @returns 32 bytes that the caller wipes @throws MasterKeyError `format`, `unknownVersion` or `authenticity` */
export async function unwrapByPatientKey(
  patientKey: Bytes,
  version: number,
  wrapped: Bytes,
  aad: Bytes,
): Promise<Bytes> {
  const { version: stated, nonce, ciphertext } = decodeWrap(wrapKinds.patient, wrapped);
  if (stated !== version) throw new MasterKeyError('unknownVersion');
  const parameters = { name: 'AES-GCM', iv: nonce, additionalData: aad };
  try {
    return new Uint8Array(await subtle.decrypt(parameters, await importKey(patientKey, 'decrypt'), ciphertext));
  } catch (cause) {
    throw new MasterKeyError('authenticity', { cause });
  }
}
