import { hashLength } from './treeHasher.ts';

const hashesPerBlock = 4096;
const blockLength = hashesPerBlock * hashLength;

/** Many hashes in order, 32 bytes each: as objects of their own they would take five times as much. */
export class HashList {
  readonly #blocks: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** @param hashes one or more, one behind the other; copied */
  push(hashes: Uint8Array): void {
    for (let from = 0; from < hashes.length; ) {
      const offset = (this.#length % hashesPerBlock) * hashLength;
      if (offset === 0) this.#blocks.push(new Uint8Array(blockLength));
      const part = hashes.subarray(from, from + blockLength - offset);
      this.#blocks.at(-1)?.set(part, offset);
      this.#length += part.length / hashLength;
      from += part.length;
    }
  }

  /** A copy of those from `start` to before `end`, one behind the other. */
  slice(start: number, end: number): Uint8Array {
    const hashes = new Uint8Array((end - start) * hashLength);
    for (let index = start; index < end; index += 1) {
      const hash = this.at(index);
      if (hash) hashes.set(hash, (index - start) * hashLength);
    }
    return hashes;
  }

  /** @returns a view; undefined behind the end */
  at(index: number): Uint8Array | undefined {
    if (index < 0 || index >= this.#length) return undefined;
    const offset = (index % hashesPerBlock) * hashLength;
    return this.#blocks[Math.floor(index / hashesPerBlock)]?.subarray(offset, offset + hashLength);
  }
}
