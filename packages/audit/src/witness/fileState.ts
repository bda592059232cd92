import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSignedCheckpoint, parseSignedCheckpoint, type SignedCheckpoint } from '../checkpoint.ts';
import { AuditFormatError } from '../errors.ts';
import type { WitnessState } from './witness.ts';

/**
 * What a witness remembers, one small file a log, replaced as a whole and synced before anybody relies on it. The file
 * is the cosigned checkpoint itself: an auditor holds it against the log.
 */
export class FileWitnessState implements WitnessState {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(folder: string): Promise<FileWitnessState> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return new FileWitnessState(folder);
  }

  /** @throws AuditFormatError if the file is damaged: a witness that forgot must not go on as if it knew nothing */
  async load(origin: string): Promise<SignedCheckpoint | null> {
    let bytes: Uint8Array;
    try {
      bytes = await readFile(this.#path(origin));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
    const cosigned = parseSignedCheckpoint(bytes);
    if (cosigned.checkpoint.origin !== origin) throw new AuditFormatError('checkpoint', 'of another log');
    return cosigned;
  }

  async store(origin: string, cosigned: SignedCheckpoint): Promise<void> {
    const path = this.#path(origin);
    const next = `${path}.next`;
    const file = await open(next, 'w', 0o600);
    try {
      await file.writeFile(encodeSignedCheckpoint(cosigned));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(next, path);
    // The rename itself is durable only with its folder.
    const folder = await open(this.#folder, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  #path(origin: string): string {
    return join(this.#folder, `${createHash('sha256').update(origin).digest('hex')}.checkpoint`);
  }
}
