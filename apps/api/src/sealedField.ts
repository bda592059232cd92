import { webcrypto } from 'node:crypto';
import { readSecretKey } from './secretKey.ts';

/**
 * A field at rest: `version (1 byte) ‖ nonce (12) ‖ AES-256-GCM ciphertext and tag (16)`. The version names this form and
 * whose the key is. The tag covers where the field stands, so a box moved to another row, column or table doesn't open.
 */
export const fieldVersions = {
  /** Under the clinic's key, which a file holds. */
  clinic: 1,
  /** Under the patient's key, which the keystore holds. */
  patient: 2,
} as const;
type FieldVersion = (typeof fieldVersions)[keyof typeof fieldVersions];

const nonceBytes = 12;
const headerBytes = 1 + nonceBytes;
const tagBytes = 16;

/** Where a field stands: table, column, id of the row. */
export interface FieldPlace {
  readonly table: string;
  readonly column: string;
  readonly row: string;
}

/** Seals what is nobody's health information, such as a link's secret, under the clinic's key. */
export interface FieldSealer {
  seal(place: FieldPlace, text: string): Promise<Uint8Array>;
  /** @throws Error if the box was sealed for another place, under another key, or was changed */
  open(place: FieldPlace, box: Uint8Array): Promise<string>;
}

/** No part can contain the separator: some are constants in the code, ids are base64url. */
export const associatedData = (label: string, ...parts: readonly string[]) =>
  new TextEncoder().encode([label, ...parts].join('\u001f'));

/** A key for `sealBox` and `openBox`, not to be had back from it. @param raw 32 bytes, which the caller may wipe then */
export const importFieldKey = (raw: Uint8Array<ArrayBuffer>): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);

const parameters = (nonce: Uint8Array<ArrayBuffer>, additionalData: Uint8Array<ArrayBuffer>) => ({
  ...{ name: 'AES-GCM', iv: nonce, additionalData, tagLength: tagBytes * 8 },
});

export async function sealBox(
  version: FieldVersion,
  key: webcrypto.CryptoKey,
  aad: Uint8Array<ArrayBuffer>,
  text: string,
): Promise<Uint8Array> {
  const nonce = webcrypto.getRandomValues(new Uint8Array(nonceBytes));
  const sealed = await webcrypto.subtle.encrypt(parameters(nonce, aad), key, new TextEncoder().encode(text));
  const box = new Uint8Array(headerBytes + sealed.byteLength);
  box[0] = version;
  box.set(nonce, 1);
  box.set(new Uint8Array(sealed), headerBytes);
  return box;
}

/** @throws Error if the box has another version, was sealed with other data or under another key, or was changed */
export async function openBox(
  version: FieldVersion,
  key: webcrypto.CryptoKey,
  aad: Uint8Array<ArrayBuffer>,
  box: Uint8Array,
): Promise<string> {
  if (box[0] !== version || box.length < headerBytes + tagBytes) throw new Error('Unknown form of a sealed field.');
  const nonce = box.slice(1, headerBytes);
  const text = await webcrypto.subtle.decrypt(parameters(nonce, aad), key, box.slice(headerBytes));
  return new TextDecoder('utf-8', { fatal: true }).decode(text);
}

/**
 * @param text 32 bytes in base64url, as the field key's file holds them
 * @throws StartError if it isn't that
 */
export async function createFieldSealer(text: string): Promise<FieldSealer> {
  const key = await importFieldKey(readSecretKey(text, 'API_FIELD_KEY_FILE'));
  const dataOf = ({ table, column, row }: FieldPlace) => associatedData('sotto/field/v1', table, column, row);
  return {
    seal: (place, field) => sealBox(fieldVersions.clinic, key, dataOf(place), field),
    open: (place, box) => openBox(fieldVersions.clinic, key, dataOf(place), box),
  };
}
