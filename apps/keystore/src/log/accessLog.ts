import type { EntryDraft, ProvenEntry, SignedCheckpoint } from '@sotto/audit';
import { AuditStoreError, type CheckpointMemory, CoveredLog, type CoveredLogPorts } from '@sotto/audit/postgres';
import type { Transaction } from '@sotto/service/postgres';
import { copy } from '../bytes.ts';
import { LogStopped, ReleaseStopped } from '../errors.ts';
import { gather } from '../gathering.ts';
import type { WriteOnce } from './writeOnce.ts';

export interface AccessLogPorts extends Pick<CoveredLogPorts, 'database' | 'signer' | 'witness' | 'random'> {
  /** What was signed last, outside the database; null only where nobody could start without the witness. */
  readonly memory?: CheckpointMemory | null;
  readonly writeOnce?: WriteOnce | null;
}

/** How a covering checkpoint came out. */
export interface Coverage {
  readonly isWitnessed: boolean;
}

/** What can't be kept outside the database isn't given out. */
function stop(cause: unknown): never {
  if (cause instanceof AuditStoreError && cause.code === 'damaged') throw new LogStopped('damaged');
  throw cause instanceof LogStopped ? cause : new ReleaseStopped('unavailable', { cause });
}

const remembered = (memory: CheckpointMemory): CheckpointMemory => ({
  load: () => memory.load().catch(stop),
  store: (signed, isWitnessed) => memory.store(signed, isWitnessed).catch(stop),
});

/** The keystore's own log (packages/audit): what it appends is in it exactly if the caller's transaction commits. */
export class AccessLog {
  readonly #log: CoveredLog;
  readonly #prove: (index: number) => Promise<ProvenEntry>;

  constructor({ memory = null, writeOnce = null, random, ...ports }: AccessLogPorts) {
    this.#log = new CoveredLog({
      ...ports,
      random: (length) => copy(random(length)),
      ...(memory === null ? {} : { memory: remembered(memory) }),
      ...(writeOnce === null ? {} : { copy: (signed: SignedCheckpoint) => writeOnce.keep(signed).catch(stop) }),
    });
    this.#prove = gather((indexes: readonly number[]) => this.#log.proveEach(indexes));
  }

  /** Appends in the caller's transaction, next to each other. @param drafts at least one @returns the first's place */
  append(transaction: Transaction, drafts: readonly EntryDraft[]): Promise<number> {
    return this.#log.appendWithin(transaction, drafts);
  }

  /**
   * Signs and has witnessed a checkpoint over everything that was committed before the call.
   *
   * @throws LogStopped if the log is behind or forked: nothing may be released
   * @throws ReleaseStopped `witnessGone` if the witness was never heard since the start, and nothing is remembered
   */
  async cover(): Promise<Coverage> {
    try {
      const tag = await this.#log.cover();
      // Only the witness knows whether this is an old backup, and it was never heard.
      if (tag === 'unsigned') throw new ReleaseStopped('witnessGone');
      return { isWitnessed: tag === 'witnessed' };
    } catch (fault) {
      if (fault instanceof AuditStoreError && (fault.code === 'rollback' || fault.code === 'fork')) {
        throw new LogStopped(fault.code);
      }
      throw fault;
    }
  }

  /** The entry with its inclusion proof under the smallest checkpoint that covers it, a witnessed one if there is one. */
  prove(index: number): Promise<ProvenEntry> {
    return this.#prove(index);
  }

  /** Several entries, each proven under the same checkpoint: the last witnessed one if it covers them. */
  async proveAll(indexes: readonly number[], { isWitnessed }: Coverage): Promise<ProvenEntry[]> {
    try {
      return await this.#log.proveAll(indexes, isWitnessed);
    } catch (fault) {
      throw fault instanceof AuditStoreError && fault.code === 'notCovered' ? new LogStopped('damaged') : fault;
    }
  }

  /** As `CoveredLog.unwitnessedSince`. */
  unwitnessedSince(): Promise<Date | null> {
    return this.#log.unwitnessedSince();
  }

  /** As `CoveredLog.witnessedAt`. */
  witnessedAt(index: number): Promise<Date | null> {
    return this.#log.witnessedAt(index);
  }

  /** All of it, for the verifier. */
  leaves() {
    return this.#log.leaves();
  }

  /** As `LogReader.range`. */
  range(start: number, end: number) {
    return this.#log.range(start, end);
  }

  checkpoints() {
    return this.#log.checkpoints();
  }

  size(): Promise<number> {
    return this.#log.size();
  }
}
