import { type Bytes, unshared } from './bytes.ts';
import type { Hash } from './context.ts';
import { Delivery, type Sink } from './delivery.ts';
import { ArgumentError, DeadRunError, LimitError, VaultError } from './errors.ts';
import { placeOf } from './header.ts';
import { blockSegments, capacity, maxSegments } from './layout.ts';
import { type RunRecord, toHash } from './record.ts';
import { freshRandomness, type RunOptions, type RunRandomness, type StartedRun, startRun } from './run.ts';

/** Segments that are sealed side by side before anybody waits. */
const group = blockSegments;

/** Seals one run, front to back. Made by `createRun`. */
export class RunWriter {
  /** Takes plaintext. A chunk may be used again as soon as its write has resolved. */
  readonly writable: WritableStream<Uint8Array>;
  /** What the manifest will say of this run: resolves when the stream has closed, rejects when the run is dead. */
  readonly record: Promise<RunRecord>;
  /** SHA-256 of the run's header. Note it apart from the run: without it a run that was cut can't be kept. */
  readonly headerHash: Hash;
  readonly #run: StartedRun;
  readonly #delivery: Delivery;
  readonly #settle: { resolve(record: RunRecord): void; reject(reason: VaultError): void };
  /** Plaintext of the segment that isn't full yet, or of which nobody knows yet whether it's the last. */
  readonly #pending = new Uint8Array(capacity(1));
  #filled = 0;
  #next = 0;
  #length = 0;
  #death: VaultError | null = null;

  constructor(run: StartedRun, sink: Sink) {
    this.#run = run;
    this.headerHash = toHash(run.header.hash);
    const { promise, resolve, reject } = Promise.withResolvers<RunRecord>();
    this.record = promise;
    this.#settle = { resolve, reject };
    this.writable = new WritableStream<Uint8Array>({
      start: (controller) => {
        promise.catch((reason: unknown) => controller.error(reason));
        // `abort` below is called only when a write that is under way has ended: with a sink that hangs, never.
        // Node's types leave the signal out.
        const { signal } = controller as WritableStreamDefaultController & { readonly signal: AbortSignal };
        signal.addEventListener('abort', () => this.#die(new DeadRunError(this.#place)), { once: true });
      },
      write: (chunk) => this.#alive(() => this.#write(chunk)),
      close: () => this.#alive(() => this.#close()),
      abort: () => {
        this.#die(new DeadRunError(this.#place));
      },
    });
    this.#delivery = new Delivery(run, sink, (reason) => this.#die(reason));
  }

  /**
   * Bytes of padding that the caller has to write for everything written so far to be sealed: 0 when nothing is
   * waiting. Meaningful once the caller's writes have resolved. The padding's last byte waits in the next segment.
   */
  get unsealed(): number {
    return this.#filled === 0 ? 0 : capacity(this.#next) - this.#filled + 1;
  }

  /**
   * Resolves when the sink has taken every segment that was sealed when this was called; rejects when the run is dead.
   * A full segment is sealed only when another byte follows: `unsealed` says how many bytes that takes.
   */
  async handedOut(): Promise<void> {
    await this.#alive(() => this.#delivery.settled());
  }

  get #place() {
    return { layer: 'run', ...placeOf(this.#run.header) } as const;
  }

  async #alive(step: () => Promise<void>): Promise<void> {
    if (this.#death !== null) throw this.#death;
    try {
      await step();
    } catch (error) {
      throw this.#die(error);
    }
  }

  /** Ends the run for good and wipes what was waiting. The first reason stays. */
  #die(reason: unknown): VaultError {
    this.#death ??= reason instanceof VaultError ? reason : new DeadRunError(this.#place, { cause: reason });
    this.#delivery.stop();
    this.#pending.fill(0);
    this.#filled = 0;
    this.#settle.reject(this.#death);
    return this.#death;
  }

  async #write(chunk: Uint8Array): Promise<void> {
    if (!(chunk instanceof Uint8Array) || !unshared(chunk)) throw new ArgumentError(this.#place);
    let jobs: Promise<ArrayBuffer>[] = [];
    for (let offset = 0; offset < chunk.byteLength; ) {
      const room = capacity(this.#next);
      if (this.#filled === room) {
        jobs.push(this.#seal(this.#pending.subarray(0, room), false));
        this.#filled = 0;
      } else if (this.#filled === 0 && chunk.byteLength - offset > room) {
        jobs.push(this.#seal(chunk.subarray(offset, offset + room), false));
        offset += room;
      } else {
        const taken = chunk.subarray(offset, offset + room - this.#filled);
        this.#pending.set(taken, this.#filled);
        this.#filled += taken.byteLength;
        offset += taken.byteLength;
      }
      if (jobs.length === group) {
        this.#delivery.push(jobs, false);
        jobs = [];
        await this.#delivery.room();
      }
    }
    if (jobs.length > 0) this.#delivery.push(jobs, false);
    await this.#delivery.room();
  }

  async #close(): Promise<void> {
    this.#delivery.push([this.#seal(this.#pending.subarray(0, this.#filled), true)], true);
    this.#pending.fill(0);
    this.#filled = 0;
    const { hash, lastTag } = await this.#delivery.ending();
    this.#settle.resolve({
      ending: 'closed',
      hash: toHash(hash),
      header: this.headerHash,
      lastTag,
      length: this.#length,
      segments: this.#next,
    });
  }

  #seal(plaintext: Bytes, last: boolean): Promise<ArrayBuffer> {
    if (this.#next === maxSegments) throw new LimitError(this.#place);
    const sealed = this.#run.sealer.seal(this.#next, last, plaintext);
    this.#next += 1;
    this.#length += plaintext.byteLength;
    return sealed;
  }
}

/** @internal for `createRun` and for vectors, which need to know the randomness */
export const createRunWith = async (options: RunOptions, sink: Sink, random: RunRandomness): Promise<RunWriter> =>
  new RunWriter(await startRun(options, random), sink);

/**
 * Starts a run: draws its data key, seals it to the object's public key, and hands the header to the sink. The key
 * lives in the writer alone and goes with it; nobody here can open the run again.
 *
 * After an error, of the sink or of sealing, the run is dead: the stream is errored, `record` rejects, and what
 * comes next must be a new run. A run whose writer died can still be kept, if `headerHash` was noted: see `surveyRun`.
 *
 * @throws ArgumentError when the context, the key or `previous` isn't what it should be
 */
export const createRun = (options: RunOptions, sink: Sink): Promise<RunWriter> =>
  createRunWith(options, sink, freshRandomness());
