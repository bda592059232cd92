import { type Bytes, sha256, utf8 } from './bytes.ts';
import { blockLength } from './layout.ts';

const label = utf8('sotto/vault/v1 run');
const chainLength = 32;

/** The hash of a run, fed front to back (SPEC.md section 8). Holds one block; no key is needed. */
export class RunHash {
  #chain: Promise<Bytes>;
  /** Room for the chain value, then the block. */
  readonly #buffer = new Uint8Array(chainLength + blockLength);
  #filled = chainLength;

  /** @param header the run's 1,280 bytes before the body */
  constructor(header: Bytes) {
    this.#chain = this.#settled(sha256(label, header));
  }

  /** Takes the next chunks of the body, at most a block each. Resolves when there is room for more. */
  async add(...chunks: readonly Bytes[]): Promise<void> {
    for (const chunk of chunks) {
      const room = this.#buffer.byteLength - this.#filled;
      if (chunk.byteLength < room) {
        this.#buffer.set(chunk, this.#filled);
        this.#filled += chunk.byteLength;
      } else {
        this.#buffer.set(chunk.subarray(0, room), this.#filled);
        this.#filled += room;
        await this.#append();
        this.#buffer.set(chunk.subarray(room), this.#filled);
        this.#filled += chunk.byteLength - room;
      }
    }
  }

  /** The run hash of what was added. Nothing may be added afterwards. */
  async digest(): Promise<Bytes> {
    if (this.#filled > chainLength) await this.#append();
    return await this.#chain;
  }

  async #append(): Promise<void> {
    this.#buffer.set(await this.#chain);
    // WebCrypto takes its copy before it returns, so the buffer is free again at once.
    this.#chain = this.#settled(sha256(this.#buffer.subarray(0, this.#filled)));
    this.#filled = chainLength;
  }

  /** A failure is the next caller's; until then it must not count as unhandled. */
  #settled(hash: Promise<Bytes>): Promise<Bytes> {
    hash.catch(() => undefined);
    return hash;
  }
}
