import { type Bytes, createRun, type ObjectContext, type RunRecord, type RunWriter } from '@sotto/vault';
import { PartCutter } from './partCutter.ts';
import type { Spool } from './spool.ts';

/** The object that a participant's recording is sealed into. */
export interface SealingTarget {
  readonly context: ObjectContext;
  /** The object's, 1,216 octets, from a statement that was checked. */
  readonly publicKey: Bytes;
}

/** What an earlier recorder left of the same object. */
export interface EarlierRuns {
  /** How many runs: the next one has this number. */
  readonly count: number;
  /** Run hash of the last of them, 32 octets, as `surveyRun` found it. */
  readonly hash: Bytes;
}

interface OpenRun {
  readonly run: RunWriter;
  readonly writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly cutter: PartCutter;
}

/** The runs of one object, written one after the other, each under a key of its own. */
export class SealedRuns {
  readonly #target: SealingTarget;
  readonly #spool: Spool;
  readonly #now: () => number;
  readonly #records: RunRecord[] = [];
  readonly #first: number;
  #previous: Bytes | null;
  #open: OpenRun | null = null;

  constructor(target: SealingTarget, earlier: EarlierRuns | null, spool: Spool, now: () => number) {
    this.#target = target;
    this.#spool = spool;
    this.#now = now;
    this.#first = earlier?.count ?? 0;
    this.#previous = earlier?.hash ?? null;
  }

  /** Of the runs that have ended here. */
  get records(): readonly RunRecord[] {
    return this.#records;
  }

  /** Begins the next run. The one before must have ended. */
  async begin(): Promise<void> {
    this.#open = await this.#start('body', this.#first + this.#records.length, this.#previous);
  }

  async write(octets: Uint8Array): Promise<void> {
    if (octets.length > 0) await this.#open?.writer.write(octets);
  }

  /** See `RunWriter.unsealed`. */
  get unsealed(): number {
    return this.#open?.run.unsealed ?? 0;
  }

  /** Resolves when all that was sealed is the spool's, or about to be: see `keep`. */
  async handedOut(): Promise<void> {
    await this.#open?.run.handedOut();
  }

  /** Resolves when the spool has all that was sealed. */
  async keep(): Promise<void> {
    await this.#open?.run.handedOut();
    await this.#open?.cutter.keep();
  }

  async end(): Promise<void> {
    if (this.#open === null) return;
    const { run, writer } = this.#open;
    await writer.close();
    const record = await run.record;
    this.#open = null;
    this.#records.push(record);
    this.#previous = hashOf(record);
  }

  /** Seals the head, in one part. */
  async sealHead(octets: Uint8Array): Promise<RunRecord> {
    const { run, writer } = await this.#start('head', 0, null);
    await writer.write(octets);
    await writer.close();
    return await run.record;
  }

  async #start(part: 'body' | 'head', run: number, previous: Bytes | null): Promise<OpenRun> {
    const context = { object: this.#target.context, part, run };
    const cutter = new PartCutter(part === 'head' ? 'head' : { run }, this.#spool, this.#now);
    const noted = Promise.withResolvers<boolean>();
    const { publicKey } = this.#target;
    const writing = await createRun({ context, publicKey, previous }, async (piece) => {
      await noted.promise;
      await cutter.add(piece);
    });
    this.#spool.began({ header: writing.headerHash, context }).then(() => {
      noted.resolve(true);
    }, noted.reject);
    return { run: writing, writer: writing.writable.getWriter(), cutter };
  }
}

function hashOf({ hash }: RunRecord): Bytes {
  return Uint8Array.from(atob(hash.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
}
