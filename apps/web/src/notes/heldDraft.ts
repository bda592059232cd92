import { utf8 } from '../keystore/bytes.ts';

/** Text that a page keeps while it is locked: encrypted under a key that only its memory has, and that nobody can read out of it. */
export class HeldDraft {
  readonly #key: CryptoKey;
  readonly #box: ArrayBuffer;

  private constructor(key: CryptoKey, box: ArrayBuffer) {
    this.#key = key;
    this.#box = box;
  }

  static async of(text: string): Promise<HeldDraft> {
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    return new HeldDraft(key, await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, utf8(text)));
  }

  async open(): Promise<string> {
    return new TextDecoder().decode(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, this.#key, this.#box));
  }
}

/** Each key seals one text. */
const iv = new Uint8Array(12);
