/** A full segment's plaintext: the pieces that bare WebCrypto is given too. */
const pieceLength = 4080;
/** Pieces that it works on at once: more or fewer made it slower. */
const atOnce = 64;

/** AES-256-GCM on single pieces, many at once, and nothing else. */
export class BareWebCrypto {
  readonly #key: CryptoKey;
  readonly #plaintext: Uint8Array<ArrayBuffer>;
  readonly #pieces: number;
  #sealed: Uint8Array<ArrayBuffer>[] = [];

  private constructor(key: CryptoKey, plaintext: Uint8Array<ArrayBuffer>) {
    this.#key = key;
    this.#plaintext = plaintext;
    this.#pieces = Math.ceil(plaintext.byteLength / pieceLength);
  }

  static async start(plaintext: Uint8Array<ArrayBuffer>): Promise<BareWebCrypto> {
    const algorithm = { name: 'AES-GCM', length: 256 };
    const key = await crypto.subtle.generateKey(algorithm, false, ['encrypt', 'decrypt']);
    return new BareWebCrypto(key, plaintext);
  }

  async seal(): Promise<void> {
    this.#sealed = await this.#each((iv, index) =>
      crypto.subtle.encrypt(
        { name: 'AES-GCM', iv },
        this.#key,
        this.#plaintext.subarray(index * pieceLength, (index + 1) * pieceLength),
      ),
    );
  }

  /** What was sealed last. */
  async open(): Promise<void> {
    const sealed = this.#sealed;
    await this.#each((iv, index) =>
      crypto.subtle.decrypt({ name: 'AES-GCM', iv }, this.#key, sealed[index] ?? new Uint8Array()),
    );
  }

  async #each(
    work: (iv: Uint8Array<ArrayBuffer>, index: number) => Promise<ArrayBuffer>,
  ): Promise<Uint8Array<ArrayBuffer>[]> {
    const results: Uint8Array<ArrayBuffer>[] = [];
    for (let first = 0; first < this.#pieces; first += atOnce) {
      const jobs = Array.from({ length: Math.min(atOnce, this.#pieces - first) }, (_, step) => {
        const iv = new Uint8Array(12);
        new DataView(iv.buffer).setUint32(7, first + step);
        return work(iv, first + step);
      });
      for (const result of await Promise.all(jobs)) results.push(new Uint8Array(result));
    }
    return results;
  }
}
