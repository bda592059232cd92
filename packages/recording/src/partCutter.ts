import type { SealedPiece } from '@sotto/vault';
import type { PartPlace, Spool } from './spool.ts';

/** A part holds no more, but for a single piece that alone is longer. */
const mostOctets = 1024 * 1024;
/** And is no longer open for more than ten seconds: a piece comes each second. */
const mostMs = 9_000;

/** Cuts a run's sealed pieces into parts, as they come. */
export class PartCutter {
  readonly #of: PartPlace['of'];
  readonly #spool: Spool;
  readonly #now: () => number;
  #part = 0;
  #length = 0;
  #since = 0;

  /** @param now monotonic, ms */
  constructor(of: PartPlace['of'], spool: Spool, now: () => number) {
    this.#of = of;
    this.#spool = spool;
    this.#now = now;
  }

  async add({ chunks, ...piece }: SealedPiece): Promise<void> {
    const length = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    const isFull = this.#length + length > mostOctets || this.#now() - this.#since >= mostMs;
    if (this.#length > 0 && isFull) await this.#end(false);
    if (this.#length === 0) this.#since = this.#now();
    await this.#spool.append(this.#place, this.#length, chunks);
    this.#length += length;
    if (piece.type === 'segments' && piece.last) await this.#end(true);
  }

  get #place(): PartPlace {
    return { of: this.#of, part: this.#part };
  }

  async #end(isLast: boolean): Promise<void> {
    await this.#spool.ended(this.#place, isLast);
    this.#part += 1;
    this.#length = 0;
  }
}
