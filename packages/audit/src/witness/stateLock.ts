import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AuditUsageError } from '../errors.ts';

/** SQLite's code for a database that somebody else has locked. */
const busy = 5;

/**
 * Holds a witness's folder for one process: the operating system lets go of it when the process ends, however it does.
 * What is locked is an empty SQLite file, because Node has no lock of files of its own.
 */
export class StateLock {
  readonly #held: DatabaseSync;

  private constructor(held: DatabaseSync) {
    this.#held = held;
  }

  /** @throws AuditUsageError if another witness holds the folder */
  static take(folder: string): StateLock {
    const file = new DatabaseSync(join(folder, 'lock'));
    try {
      file.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    } catch (error) {
      file.close();
      if (error instanceof Error && 'errcode' in error && error.errcode === busy) {
        throw new AuditUsageError('another witness is running on this state: two of them could cosign two logs.');
      }
      throw error;
    }
    return new StateLock(file);
  }

  release(): void {
    this.#held.close();
  }
}
