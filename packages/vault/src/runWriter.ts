import { type Bytes, unshared } from './bytes.ts';
import { ArgumentError, DeadRunError, LimitError, PortError, VaultError } from './errors.ts';
import { placeOf } from './header.ts';
import { blockSegments, capacity, maxSegments } from './layout.ts';
import { type RunRecord, toHash } from './record.ts';
import { freshRandomness, type RunOptions, type RunRandomness, type StartedRun, startRun, tagOf } from './run.ts';
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
const group = blockSegments;

/** Seals one run, front to back. Made by `createRun`. */
export class RunWriter {
  /** Takes plaintext. A chunk may be used again as soon as its write has resolved. */
  readonly writable: WritableStream<Uint8Array>;
  /** What the manifest will say of this run: resolves when the stream has closed, rejects when the run is dead. */
  readonly record: Promise<RunRecord>;
  readonly #run: StartedRun;
  readonly #sink: Sink;
  readonly #hash: RunHash;
  readonly #pending = new Uint8Array(capacity(1));
  #filled = 0;
  #next = 0;
  #length = 0;
  #lastTag = '';
  /** Pieces being sealed or handed out, oldest first. */
  #underWay: { readonly count: number; readonly done: Promise<void> }[] = [];
  #segmentsUnderWay = 0;
  #handed: Promise<void>;
  #death: VaultError | null = null;
  #settle: { resolve(record: RunRecord): void; reject(reason: VaultError): void };

  constructor(run: StartedRun, sink: Sink) {
    this.#run = run;
    this.#sink = sink;
    this.#hash = new RunHash(run.headerBytes);
    const { promise, resolve, reject } = Promise.withResolvers<RunRecord>();
    this.record = promise;
    this.record.catch(() => undefined);
    this.#settle = { resolve, reject };
    let fail: (reason: unknown) => void = () => undefined;
    this.writable = new WritableStream<Uint8Array>({
      start: (controller) => {
        fail = (reason) => controller.error(reason);
      },
      write: (chunk) => this.#alive(() => this.#write(chunk)),
      close: () => this.#alive(() => this.#close()),
      abort: () => {
        this.#die(new DeadRunError(this.#place));
      },
    });
    this.record.catch(fail);
    this.#handed = this.#give({ type: 'header', chunks: [run.headerBytes.slice()] });
    this.#handed.catch((reason: unknown) => this.#die(reason));
  }

  /**
   * Bytes of padding that the caller has to write for everything written so far to be sealed: 0 when nothing is
   * waiting. Meaningful once the caller's writes have resolved. The padding's last byte waits in the next segment.
   */
  get unsealed(): number {
    return this.#filled === 0 ? 0 : capacity(this.#next) - this.#filled + 1;
  }

  /** Resolves when the sink has taken every segment that was full when this was called; rejects when the run is dead. */
  async handedOut(): Promise<void> {
    await this.#handed;
    if (this.#death !== null) throw this.#death;
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
    this.#pending.fill(0);
    this.#filled = 0;
    this.#settle.reject(this.#death);
    return this.#death;
  }

  async #write(chunk: Uint8Array): Promise<void> {
    if (!(chunk instanceof Uint8Array) || !unshared(chunk)) throw new ArgumentError(this.#place);
    let jobs: Promise<ArrayBuffer>[] = [];
    let offset = 0;
    while (offset < chunk.byteLength) {
      const room = capacity(this.#next);
      if (this.#filled === 0 && chunk.byteLength - offset > room) {
        jobs.push(this.#seal(chunk.subarray(offset, offset + room), false));
        offset += room;
      } else if (this.#filled === room) {
        jobs.push(this.#seal(this.#pending.subarray(0, room), false));
        this.#filled = 0;
      } else {
        const taken = chunk.subarray(offset, offset + room - this.#filled);
        this.#pending.set(taken, this.#filled);
        this.#filled += taken.byteLength;
        offset += taken.byteLength;
      }
      if (jobs.length === group) {
        await this.#hand(jobs, false);
        jobs = [];
      }
    }
    if (jobs.length > 0) await this.#hand(jobs, false);
  }

  async #close(): Promise<void> {
    await this.#hand([this.#seal(this.#pending.subarray(0, this.#filled), true)], true);
    this.#pending.fill(0);
    this.#filled = 0;
    await this.#handed;
    this.#settle.resolve({
      ending: 'closed',
      hash: toHash(await this.#hash.digest()),
      header: toHash(this.#run.header.hash),
      lastTag: this.#lastTag,
      length: this.#length,
      segments: this.#next,
    });
  }

  #seal(plaintext: Bytes, last: boolean): Promise<ArrayBuffer> {
    if (this.#next === maxSegments) throw new LimitError(this.#place);
    const sealed = this.#run.sealer.seal(this.#next, last, plaintext);
    // It's awaited in order, which may be after another one has failed.
    sealed.catch(() => undefined);
    this.#next += 1;
    this.#length += plaintext.byteLength;
    return sealed;
  }

  /** Queues segments for the sink and waits until fewer than `window` segments are under way. */
  async #hand(jobs: readonly Promise<ArrayBuffer>[], last: boolean): Promise<void> {
    const first = this.#next - jobs.length;
    const done = this.#handed.then(() => this.#deliver(jobs, first, last));
    done.catch((reason: unknown) => this.#die(reason));
    this.#handed = done;
    this.#underWay.push({ count: jobs.length, done });
    this.#segmentsUnderWay += jobs.length;
    while (this.#segmentsUnderWay >= window) {
      const oldest = this.#underWay.shift();
      await oldest?.done;
      this.#segmentsUnderWay -= oldest?.count ?? 0;
    }
  }

  async #deliver(jobs: readonly Promise<ArrayBuffer>[], first: number, last: boolean): Promise<void> {
    const chunks = (await Promise.all(jobs)).map((segment) => new Uint8Array(segment));
    const final = chunks.at(-1);
    if (final !== undefined) this.#lastTag = tagOf(final);
    if (first === 0) chunks.unshift(this.#run.sealer.header.slice());
    await this.#hash.add(...chunks);
    await this.#give({ type: 'segments', first, count: jobs.length, chunks, last });
  }

  async #give(piece: SealedPiece): Promise<void> {
    if (this.#death !== null) throw this.#death;
    try {
      await this.#sink(piece);
    } catch (cause) {
      throw new PortError({ layer: 'sink', ...placeOf(this.#run.header) }, { cause });
    }
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
 * comes next must be a new run. A run whose writer died can still be kept: see `surveyRun`.
 *
 * @throws ArgumentError when the context, the key or `previous` isn't what it should be
 */
export const createRun = (options: RunOptions, sink: Sink): Promise<RunWriter> =>
  createRunWith(options, sink, freshRandomness());
