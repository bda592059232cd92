import { encodeSignedCheckpoint, parseSignedCheckpoint, type SignedCheckpoint, signedByLog } from '../checkpoint.ts';
import { AuditFormatError } from '../errors.ts';
import type { VerifierKey } from '../note.ts';
import { readOrNull, replaceDurably } from '../witness/durableFile.ts';
import type { CheckpointMemory } from './checkpointer.ts';
import { AuditStoreError } from './errors.ts';

/**
 * The last checkpoint that was signed, in a file that no restored backup of the database brings back (SPEC.md section 5).
 * With it a log that starts without its witness knows whether it is an older one.
 */
export class LastSigned implements CheckpointMemory {
  readonly #path: string;
  readonly #key: VerifierKey;
  #writing: Promise<void> | null = null;
  #next: SignedCheckpoint | null = null;

  /** @param path of the file, made when there is something to remember @param key the log's own */
  constructor(path: string, key: VerifierKey) {
    this.#path = path;
    this.#key = key;
  }

  /** @throws AuditStoreError `damaged` if the file isn't a checkpoint of this log, or what reading a file throws */
  async load(): Promise<SignedCheckpoint | null> {
    const bytes = await readOrNull(this.#path);
    if (bytes === null) return null;
    const last = parse(bytes);
    if (!last || !(await signedByLog(last, this.#key))) throw new AuditStoreError('damaged');
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
        // A command beside the service may have signed more.
        const there = await this.load();
        if (there === null || there.checkpoint.size < signed.checkpoint.size) {
          await replaceDurably(this.#path, encodeSignedCheckpoint(signed));
        }
      }
    } finally {
      // With the last look at what is next: nothing can come in between.
      this.#writing = null;
    }
  }
}

function parse(bytes: Uint8Array): SignedCheckpoint | null {
  try {
    return parseSignedCheckpoint(bytes);
  } catch (fault) {
    if (fault instanceof AuditFormatError) return null;
    throw fault;
  }
}
