import type { Bytes } from './bytes.ts';
import { DeadRunError, PortError } from './errors.ts';
import { placeOf } from './header.ts';
import { blockSegments } from './layout.ts';
import { type StartedRun, tagOf } from './run.ts';
import { RunHash } from './runHash.ts';

/** A piece of a run's file, in order and without gaps. Its chunks are the sink's to keep. */
export type SealedPiece =
  | { readonly type: 'header'; readonly chunks: readonly [Bytes] }
  | {
      readonly type: 'segments';
      /** Number of the first segment in the piece, and how many it holds. */
      readonly first: number;
      readonly count: number;
      /** A segment each; before segment 0 the body's first 40 bytes. */
      readonly chunks: readonly Bytes[];
      /** Whether the run ends with this piece. A spool must keep this, or treat the run as cut. */
      readonly last: boolean;
    };

/** Where sealed bytes go. Takes one piece at a time; the next comes when the promise has resolved. */
export type Sink = (piece: SealedPiece) => Promise<void>;

/** Segments that may be under way at once: enough to keep every core busy, 512 KiB at most in memory. */
const window = 2 * blockSegments;
/** Segments that one piece holds at most. */
const pieceSegments = blockSegments;

interface Group {
  readonly sealed: Promise<ArrayBuffer[]>;
  readonly count: number;
  readonly last: boolean;
}

/** Takes segments while they are still being sealed, and hands them to the sink in order and hashes them. */
export class Delivery {
  readonly #run: StartedRun;
  readonly #sink: Sink;
  readonly #failed: (reason: unknown) => void;
  readonly #hash: RunHash;
  readonly #queue: Group[] = [];
  /** The delivery that is going on, or the last one there was. */
  #work: Promise<void>;
  #idle = false;
  #dead = false;
  #underWay = 0;
  #delivered = 0;
  #lastTag = '';
  /** Who waits for room, and who waits for the sink: told at once when the run dies, whatever the sink does. */
  #roomWanted: PromiseWithResolvers<boolean> | null = null;
  readonly #settling = new Set<PromiseWithResolvers<boolean>>();

  /** Hands out the header at once. @param failed is told, once, when the run is dead */
  constructor(run: StartedRun, sink: Sink, failed: (reason: unknown) => void) {
    this.#run = run;
    this.#sink = sink;
    this.#failed = failed;
    this.#hash = new RunHash(run.headerBytes);
    this.#work = this.#deliver(() => this.#give({ type: 'header', chunks: [run.headerBytes.slice()] }));
  }

  /** Queues the next segments of the run. */
  push(jobs: readonly Promise<ArrayBuffer>[], last: boolean): void {
    const sealed = Promise.all(jobs);
    // It's awaited in order, which may be after another one has failed.
    sealed.catch(() => undefined);
    this.#queue.push({ sealed, count: jobs.length, last });
    this.#underWay += jobs.length;
    if (this.#idle) this.#work = this.#deliver();
  }

  /** Resolves when fewer than `window` segments are under way; rejects when the run is dead. */
  async room(): Promise<void> {
    for (;;) {
      this.#requireAlive();
      if (this.#underWay < window) return;
      this.#roomWanted ??= Promise.withResolvers<boolean>();
      await this.#roomWanted.promise;
    }
  }

  /** Resolves when the sink has taken everything that was pushed before; rejects when the run is dead. */
  async settled(): Promise<void> {
    this.#requireAlive();
    const waiting = Promise.withResolvers<boolean>();
    this.#settling.add(waiting);
    void this.#work.then(() => waiting.resolve(true));
    try {
      await waiting.promise;
    } finally {
      this.#settling.delete(waiting);
    }
    this.#requireAlive();
  }

  /** The run hash and the last segment's tag, once the last piece is out. */
  async ending(): Promise<{ hash: Bytes; lastTag: string }> {
    await this.settled();
    return { hash: await this.#hash.digest(), lastTag: this.#lastTag };
  }

  /** Gives nothing more to the sink, and lets nobody wait for what it has. */
  stop(): void {
    this.#dead = true;
    for (const waiting of [this.#roomWanted, ...this.#settling]) {
      waiting?.promise.catch(() => undefined);
      waiting?.reject(this.#deadRun());
    }
    this.#roomWanted = null;
  }

  #requireAlive(): void {
    if (this.#dead) throw this.#deadRun();
  }

  #deadRun(): DeadRunError {
    return new DeadRunError({ layer: 'run', ...placeOf(this.#run.header) });
  }

  /** Never rejects: a failure is told to whoever made this. */
  async #deliver(first?: () => Promise<void>): Promise<void> {
    this.#idle = false;
    try {
      await first?.();
      for (let group = this.#queue.shift(); group !== undefined; group = this.#queue.shift()) {
        await this.#deliverFrom(group);
      }
    } catch (reason) {
      this.stop();
      this.#failed(reason);
      return;
    }
    this.#idle = true;
  }

  async #deliverFrom(group: Group): Promise<void> {
    const chunks = (await group.sealed).map((segment) => new Uint8Array(segment));
    let { last } = group;
    // What has come in meanwhile goes out in the same piece.
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      if (chunks.length + next.count > pieceSegments) break;
      this.#queue.shift();
      for (const segment of await next.sealed) chunks.push(new Uint8Array(segment));
      last = next.last;
    }
    const count = chunks.length;
    const first = this.#delivered;
    const final = chunks.at(-1);
    if (last && final !== undefined) this.#lastTag = tagOf(final);
    if (first === 0) chunks.unshift(this.#run.sealer.header.slice());
    await this.#hash.add(...chunks);
    await this.#give({ type: 'segments', first, count, chunks, last });
    this.#delivered += count;
    this.#underWay -= count;
    this.#roomWanted?.resolve(true);
    this.#roomWanted = null;
  }

  async #give(piece: SealedPiece): Promise<void> {
    this.#requireAlive();
    try {
      await this.#sink(piece);
    } catch (cause) {
      throw new PortError({ layer: 'sink', ...placeOf(this.#run.header) }, { cause });
    }
  }
}
