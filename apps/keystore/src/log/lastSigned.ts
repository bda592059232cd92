import { AuditFormatError, type SignedCheckpoint, signedByLog, type VerifierKey } from '@sotto/audit';
import type { CheckpointMemory } from '@sotto/audit/postgres';
import { FileWitnessState } from '@sotto/audit/witness';
import { LogStopped } from '../errors.ts';

/**
 * The last checkpoint that was signed, in a file that no restored backup of the database brings back (SPEC.md section 5).
 * With it a keystore that starts without its witness knows whether this is an older log.
 */
export class LastSigned implements CheckpointMemory {
  readonly #files: FileWitnessState;
  readonly #key: VerifierKey;
  #writing: Promise<void> | null = null;
  #next: SignedCheckpoint | null = null;

  private constructor(files: FileWitnessState, key: VerifierKey) {
    this.#files = files;
    this.#key = key;
  }

  /** @param folder made if it isn't there @param key the log's own */
  static async open(folder: string, key: VerifierKey): Promise<LastSigned> {
    return new LastSigned(await FileWitnessState.open(folder), key);
  }

  /** @throws LogStopped `damaged` if the file isn't a checkpoint of this log, or what reading a file throws */
  async load(): Promise<SignedCheckpoint | null> {
    const last = await this.#files.load(this.#key.name).catch((fault: unknown) => {
      throw fault instanceof AuditFormatError ? new LogStopped('damaged') : fault;
    });
    if (last !== null && !(await signedByLog(last, this.#key))) throw new LogStopped('damaged');
    return last;
  }

  /** Resolves once it is on disk; if the witness remembers it too, at once: the file follows. */
  async store(signed: SignedCheckpoint, isWitnessed: boolean): Promise<void> {
    this.#next = signed;
    this.#writing ??= this.#write();
    if (isWitnessed) void this.#writing.catch(() => undefined);
    else await this.flush();
  }

  /** Resolves once the last one that was stored is on disk. */
  async flush(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
  }

  async #write(): Promise<void> {
    try {
      for (let signed = this.#next; signed !== null; signed = this.#next) {
        this.#next = null;
        await this.#files.store(this.#key.name, signed);
      }
    } finally {
      // With the last look at what is next: nothing can come in between.
      this.#writing = null;
    }
  }
}
