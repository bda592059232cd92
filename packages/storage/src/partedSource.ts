import { ArgumentError, TruncatedError } from './errors.ts';

/** Bytes that are read by range: what packages/vault reads sealed runs from. */
export interface ByteSource {
  /** Bytes in all. */
  readonly length: number;
  /** The `length` bytes from `offset` on, which lie within the source. The answer is the caller's own. */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
}

export interface PartedOptions {
  /** Bytes of each part, in order. */
  readonly lengths: readonly number[];
  /** Exactly these bytes of a part. Asked only for what lies within it; when `signal` aborts, nobody waits any more. */
  readonly read: (part: number, offset: number, length: number, signal: AbortSignal) => Promise<Uint8Array>;
  /** Bytes that are kept for the next read at most; 4 MiB unless told. */
  readonly cacheBytes?: number;
}

/** Bytes that one read of a part may ask for. */
export const maxReadLength = 16 * 1024 * 1024;
/** A part is read, and kept, by blocks of this length; those side by side are asked for at once. */
const blockLength = 64 * 1024;

/** One request for some blocks, for which several readers may wait. It ends when the last of them has gone. */
class SharedRead {
  readonly #abort = new AbortController();
  readonly #bytes: Promise<Uint8Array>;
  readonly #failed: () => void;
  #waiting = 0;
  #settled = false;

  /**
   * @param came called with the bytes before anybody who waits has them
   * @param failed called when it has failed, or before it is given up because nobody waits any more
   */
  constructor(
    read: (signal: AbortSignal) => Promise<Uint8Array>,
    length: number,
    { came, failed }: { readonly came: (bytes: Uint8Array) => void; readonly failed: () => void },
  ) {
    this.#failed = failed;
    this.#bytes = read(this.#abort.signal).then((bytes) => {
      if (bytes.byteLength !== length) throw new TruncatedError('length');
      came(bytes);
      return bytes;
    });
    const settle = () => {
      this.#settled = true;
    };
    this.#bytes.then(settle, () => {
      settle();
      failed();
    });
  }

  async wait(signal: AbortSignal | undefined): Promise<Uint8Array> {
    signal?.throwIfAborted();
    const { promise, reject } = Promise.withResolvers<never>();
    const leave = () => reject(signal?.reason);
    signal?.addEventListener('abort', leave, { once: true });
    this.#waiting += 1;
    try {
      return await Promise.race([this.#bytes, promise]);
    } finally {
      signal?.removeEventListener('abort', leave);
      this.#waiting -= 1;
      if (this.#waiting === 0 && !this.#settled) {
        this.#failed();
        this.#abort.abort();
      }
    }
  }
}

interface Block {
  /** Where the block begins in what `read` answers with, and its bytes. */
  readonly start: number;
  readonly length: number;
  /** The read that it comes by; when that has ended, its own bytes and nothing of what came with them. */
  content: { readonly tag: 'asked'; readonly read: SharedRead } | { readonly tag: 'kept'; readonly bytes: Uint8Array };
}

/**
 * Parts that follow each other, as one source of bytes. A part is asked for when something in it is read, and only for
 * the blocks of 64 KiB that it lies in; the blocks that were used last are kept, within `cacheBytes`.
 *
 * The source throws `ArgumentError` for a range outside, `TruncatedError` when a part answers with another number of
 * bytes, and what `read` throws. Nothing that failed is kept.
 *
 * @throws ArgumentError when a part has no length
 */
export function partedSource(options: PartedOptions): ByteSource {
  return new PartedSource(options);
}

class PartedSource implements ByteSource {
  readonly length: number;
  readonly #lengths: readonly number[];
  /** Where each part begins. */
  readonly #starts: readonly number[];
  readonly #read: PartedOptions['read'];
  readonly #cacheBytes: number;
  /** By part and block, those that were used last at the end. */
  readonly #blocks = new Map<string, Block>();
  #kept = 0;

  constructor({ lengths, read, cacheBytes = 4 * 1024 * 1024 }: PartedOptions) {
    if (lengths.some((length) => !Number.isSafeInteger(length) || length < 1)) throw new ArgumentError('length');
    let start = 0;
    this.#starts = lengths.map((length) => {
      start += length;
      return start - length;
    });
    this.length = start;
    this.#lengths = [...lengths];
    this.#read = read;
    this.#cacheBytes = cacheBytes;
  }

  async read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0) {
      throw new ArgumentError('range');
    }
    if (offset + length > this.length) throw new ArgumentError('range');
    const answer = new Uint8Array(length);
    for (let filled = 0; filled < length; ) {
      signal?.throwIfAborted();
      const part = this.#partAt(offset + filled);
      const from = offset + filled - (this.#starts[part] ?? 0);
      const stop = Math.min(from + length - filled, this.#lengths[part] ?? 0);
      await this.#copy(part, from, answer.subarray(filled, filled + stop - from), signal);
      filled += stop - from;
    }
    return answer;
  }

  #partAt(offset: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Fills `target` with what the part has from `from` on. */
  async #copy(part: number, from: number, target: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    const first = Math.floor(from / blockLength);
    const last = Math.floor((from + target.byteLength - 1) / blockLength);
    const blocks = this.#blocksOf(part, first, last);
    const fill = async ({ content, start, length }: Block, step: number): Promise<void> => {
      const bytes =
        content.tag === 'kept' ? content.bytes : (await content.read.wait(signal)).subarray(start, start + length);
      const at = (first + step) * blockLength - from;
      target.set(bytes.subarray(Math.max(0, -at), target.byteLength - at), Math.max(0, at));
    };
    await Promise.all(blocks.map(fill));
  }

  #blocksOf(part: number, first: number, last: number): Block[] {
    const found: Block[] = [];
    for (let index = first; index <= last; ) {
      const known = this.#use(part, index);
      if (known !== undefined) {
        found.push(known);
        index += 1;
        continue;
      }
      let stop = index + 1;
      const limit = Math.min(last, index + maxReadLength / blockLength - 1);
      while (stop <= limit && !this.#blocks.has(`${part}/${stop}`)) stop += 1;
      found.push(...this.#ask(part, index, stop));
      index = stop;
    }
    this.#forget();
    return found;
  }

  /** A block that is kept, as the one that was used last. */
  #use(part: number, index: number): Block | undefined {
    const name = `${part}/${index}`;
    const block = this.#blocks.get(name);
    if (block === undefined) return undefined;
    this.#blocks.delete(name);
    this.#blocks.set(name, block);
    return block;
  }

  /** Asks for the blocks `[index, stop)` of a part by one read, and keeps each on its own when they are there. */
  #ask(part: number, index: number, stop: number): Block[] {
    const from = index * blockLength;
    const length = Math.min(stop * blockLength, this.#lengths[part] ?? 0) - from;
    const read = new SharedRead((signal) => this.#read(part, from, length, signal), length, {
      came: (bytes) => {
        for (const [name, block] of blocks) {
          if (this.#blocks.get(name) !== block) continue;
          block.content = { tag: 'kept', bytes: bytes.slice(block.start, block.start + block.length) };
        }
      },
      failed: () => {
        for (const [name, block] of blocks) if (this.#blocks.get(name) === block) this.#drop(name);
      },
    });
    const blocks = new Map<string, Block>();
    for (let stepped = index; stepped < stop; stepped += 1) {
      const start = (stepped - index) * blockLength;
      const block: Block = { start, length: Math.min(blockLength, length - start), content: { tag: 'asked', read } };
      blocks.set(`${part}/${stepped}`, block);
      this.#kept += block.length;
    }
    for (const [name, block] of blocks) this.#blocks.set(name, block);
    return [...blocks.values()];
  }

  #drop(name: string): void {
    this.#kept -= this.#blocks.get(name)?.length ?? 0;
    this.#blocks.delete(name);
  }

  #forget(): void {
    for (const name of this.#blocks.keys()) {
      if (this.#kept <= this.#cacheBytes) return;
      this.#drop(name);
    }
  }
}
