import { hashLength } from './treeHasher.ts';

const hashesPerBlock = 4096;

/** Many hashes in order, 32 bytes each: as objects of their own they would take five times as much. */
export class HashList {
  readonly #blocks: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(hash: Uint8Array): void {
    const offset = (this.#length % hashesPerBlock) * hashLength;
    if (offset === 0) this.#blocks.push(new Uint8Array(hashesPerBlock * hashLength));
    this.#blocks.at(-1)?.set(hash, offset);
    this.#length += 1;
  }

  /** @returns a view; undefined behind the end */
  at(index: number): Uint8Array | undefined {
    if (index < 0 || index >= this.#length) return undefined;
    const offset = (index % hashesPerBlock) * hashLength;
    return this.#blocks[Math.floor(index / hashesPerBlock)]?.subarray(offset, offset + hashLength);
  }
}
