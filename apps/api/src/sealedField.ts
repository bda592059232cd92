import { webcrypto } from 'node:crypto';
import { StartError } from '@sotto/service/errors';

/**
 * A field at rest: `version (1 byte) ‖ nonce (12) ‖ AES-256-GCM ciphertext and tag (16)`. The version names this form
 * and the key, so that a later key can live beside this one while rows are sealed anew. The tag covers where the field stands, so a box moved to another row, column or table doesn't open.
 */
const version = 1;
const nonceBytes = 12;
const headerBytes = 1 + nonceBytes;
const tagBytes = 16;

/** Where a field stands: table, column, id of the row. */
export interface FieldPlace {
  readonly table: string;
  readonly column: string;
  readonly row: string;
}

export interface FieldSealer {
  seal(place: FieldPlace, text: string): Promise<Uint8Array>;
  /** @throws Error if the box was sealed for another place, under another key, or was changed */
  open(place: FieldPlace, box: Uint8Array): Promise<string>;
}

/** None of the three can contain the separator: two are constants in the code, ids are base64url. */
const associatedData = ({ table, column, row }: FieldPlace) =>
  new TextEncoder().encode(['sotto/field/v1', table, column, row].join('\u001f'));

/**
 * @param key 32 bytes in base64url, as the field key's file holds them
 * @throws StartError if it isn't that
 */
export async function createFieldSealer(key: string): Promise<FieldSealer> {
  if (!/^[\w-]{43}$/.test(key)) {
    throw new StartError('The file that API_FIELD_KEY_FILE names must hold 32 random bytes in base64url.');
  }
  const imported = await webcrypto.subtle.importKey('raw', Buffer.from(key, 'base64url'), 'AES-GCM', false, [
    'encrypt',
    'decrypt',
  ]);
  const parameters = (place: FieldPlace, nonce: Uint8Array<ArrayBuffer>) => ({
    name: 'AES-GCM',
    iv: nonce,
    additionalData: associatedData(place),
    tagLength: tagBytes * 8,
  });
  return {
    async seal(place, text) {
      const nonce = webcrypto.getRandomValues(new Uint8Array(nonceBytes));
      const sealed = await webcrypto.subtle.encrypt(parameters(place, nonce), imported, new TextEncoder().encode(text));
      const box = new Uint8Array(headerBytes + sealed.byteLength);
      box[0] = version;
      box.set(nonce, 1);
      box.set(new Uint8Array(sealed), headerBytes);
      return box;
    },
    async open(place, box) {
      if (box[0] !== version || box.length < headerBytes + tagBytes) throw new Error('Unknown form of a sealed field.');
      const text = await webcrypto.subtle.decrypt(
        parameters(place, box.slice(1, headerBytes)),
        imported,
        box.slice(headerBytes),
      );
      return new TextDecoder('utf-8', { fatal: true }).decode(text);
    },
  };
}
