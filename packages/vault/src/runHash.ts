import { type Bytes, sha256, utf8 } from './bytes.ts';
import { blockLength } from './layout.ts';

const label = utf8('sotto/vault/v1 run');

/** The hash of a run, fed front to back (SPEC.md section 8). Holds one block; no key is needed. */
export class RunHash {
  #chain: Promise<Bytes>;
  #block = new Uint8Array(blockLength);
  #filled = 0;

  /** @param header the run's 1,280 bytes before the body */
  constructor(header: Bytes) {
    this.#chain = sha256(label, header);
    // A failure is the caller's at `digest`; until then it must not count as unhandled.
    this.#chain.catch(() => undefined);
  }

  /** Takes the next chunks of the body, of any lengths. Resolves when there is room for more. */
  async add(...chunks: readonly Bytes[]): Promise<void> {
    for (const chunk of chunks) {
      for (let rest = chunk; rest.byteLength > 0; ) {
        const taken = rest.subarray(0, blockLength - this.#filled);
        this.#block.set(taken, this.#filled);
        this.#filled += taken.byteLength;
        rest = rest.subarray(taken.byteLength);
        if (this.#filled === blockLength) {
          await this.#chain;
          this.#append();
        }
      }
    }
  }

  /** The run hash of what was added. Nothing may be added afterwards. */
  digest(): Promise<Bytes> {
    if (this.#filled > 0) this.#append();
    return this.#chain;
  }

  #append(): void {
    const block = sha256(this.#block.subarray(0, this.#filled));
    this.#chain = Promise.all([this.#chain, block]).then(([chain, hashed]) => sha256(chain, hashed));
    this.#chain.catch(() => undefined);
    // WebCrypto has taken its copy of the block by now, so the buffer is free again.
    this.#filled = 0;
  }
}
