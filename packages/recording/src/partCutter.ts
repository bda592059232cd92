import type { SealedPiece } from '@sotto/vault';
import type { PartPlace, Spool } from './spool.ts';

/** A part holds no more, but for a single piece that alone is longer. */
const mostOctets = 1024 * 1024;
/** And is no longer open for more than ten seconds: a piece comes each second. */
const mostMs = 9_000;
/** What is held in memory is kept at the latest when it is so much. */
const mostHeld = 256 * 1024;

/**
 * Cuts a run's sealed pieces into parts, as they come. Each time that something is kept the disk is waited for, so pieces are
 * held until somebody wants them kept.
 */
export class PartCutter {
  readonly #of: PartPlace['of'];
  readonly #spool: Spool;
  readonly #now: () => number;
  #part = 0;
  /** Octets of the open part: in the spool, and held. */
  #kept = 0;
  #held: Uint8Array<ArrayBuffer>[] = [];
  #heldLength = 0;
  #since = 0;
  #turn: Promise<void> = Promise.resolve();

  /** @param now monotonic, ms */
  constructor(of: PartPlace['of'], spool: Spool, now: () => number) {
    this.#of = of;
    this.#spool = spool;
    this.#now = now;
  }

  /** Takes the next piece: the first and the last of a run are kept at once. */
  add(piece: SealedPiece): Promise<void> {
    return this.#inTurn(() => this.#add(piece));
  }

  /** Resolves when the spool has all that was added. */
  keep(): Promise<void> {
    return this.#inTurn(() => this.#keep());
  }

  /** What has failed fails for whoever asked, and the run is dead then: nothing is added any more. */
  #inTurn(act: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(act);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #add({ chunks, ...piece }: SealedPiece): Promise<void> {
    const length = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    const open = this.#kept + this.#heldLength;
    const isFull = open + length > mostOctets || this.#now() - this.#since >= mostMs;
    if (open > 0 && isFull) await this.#end(false);
    if (this.#kept + this.#heldLength === 0) this.#since = this.#now();
    this.#held.push(...chunks);
    this.#heldLength += length;
    if (piece.type === 'header' || this.#heldLength >= mostHeld) await this.#keep();
    if (piece.type === 'segments' && piece.last) await this.#end(true);
  }

  async #keep(): Promise<void> {
    if (this.#heldLength === 0) return;
    const [held, length] = [this.#held, this.#heldLength];
    [this.#held, this.#heldLength] = [[], 0];
    await this.#spool.append(this.#place, this.#kept, held);
    this.#kept += length;
  }

  get #place(): PartPlace {
    return { of: this.#of, part: this.#part };
  }

  async #end(isLast: boolean): Promise<void> {
    await this.#keep();
    await this.#spool.ended(this.#place, isLast);
    this.#part += 1;
    this.#kept = 0;
  }
}
