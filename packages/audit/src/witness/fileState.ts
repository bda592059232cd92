import { createHash } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { equal } from '../bytes.ts';
import { encodeSignedCheckpoint, parseSignedCheckpoint, type SignedCheckpoint } from '../checkpoint.ts';
import { AuditFormatError, AuditUsageError } from '../errors.ts';
import { readOrNull, replaceDurably } from '../node/durableFile.ts';
import { StateLock } from './stateLock.ts';
import type { WitnessState } from './witness.ts';

/** Says that the folder is a witness's: this line, then the logs that it has a file of. */
const markerName = 'witness';
const markerLine = 'sotto witness state v1';
const suffix = '.checkpoint';

/**
 * What a witness remembers, one small file a log, replaced as a whole and synced before anybody relies on it. The file
 * is the cosigned checkpoint itself: an auditor holds it against the log. Belongs to one process at a time.
 */
export class FileWitnessState implements WitnessState {
  readonly #folder: string;
  readonly #lock: StateLock;
  /** Names of the files that there must be. */
  #known: ReadonlySet<string>;

  private constructor(folder: string, lock: StateLock, known: ReadonlySet<string>) {
    this.#folder = folder;
    this.#lock = lock;
    this.#known = known;
  }

  /**
   * @param isNew whether the witness may never have cosigned anything: otherwise a folder without state is one that
   *   was lost, and a witness that forgot would cosign any fork
   * @throws AuditUsageError with what to do if the state is gone, or another process has it
   */
  static async open(folder: string, { isNew }: { readonly isNew: boolean }): Promise<FileWitnessState> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const lock = StateLock.take(folder);
    try {
      const marked = await readMarker(folder);
      // The first version left no marker.
      const found = (await readdir(folder)).filter((name) => name.endsWith(suffix));
      if (!marked && found.length === 0 && !isNew) {
        throw new AuditUsageError(
          'the state of this witness is gone: bring it back from where it was. Only a witness that never cosigned anything starts without (--new, WITNESS_NEW=1).',
        );
      }
      const state = new FileWitnessState(folder, lock, new Set(marked ?? found));
      if (!marked) await state.#mark(found);
      return state;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** Lets another process have the folder. */
  close(): void {
    this.#lock.release();
  }

  /** @throws AuditFormatError if the file is damaged or gone: a witness that forgot must not go on as if it knew nothing */
  async load(origin: string): Promise<SignedCheckpoint | null> {
    const name = fileOf(origin);
    const bytes = await readOrNull(join(this.#folder, name));
    if (bytes === null) {
      if (this.#known.has(name)) throw new AuditFormatError('checkpoint', 'of this log is gone');
      return null;
    }
    const cosigned = parseSignedCheckpoint(bytes);
    if (cosigned.checkpoint.origin !== origin) throw new AuditFormatError('checkpoint', 'of another log');
    return cosigned;
  }

  /** @throws AuditFormatError if what is there isn't what was loaded: somebody else has written */
  async store(origin: string, cosigned: SignedCheckpoint, before: SignedCheckpoint | null): Promise<void> {
    const there = await this.load(origin);
    if (!isSame(there, before)) throw new AuditFormatError('checkpoint', 'was changed by somebody else');
    const name = fileOf(origin);
    await replaceDurably(join(this.#folder, name), encodeSignedCheckpoint(cosigned));
    if (!this.#known.has(name)) await this.#mark([...this.#known, name]);
  }

  async #mark(names: readonly string[]): Promise<void> {
    await replaceDurably(join(this.#folder, markerName), [markerLine, ...names, ''].join('\n'));
    this.#known = new Set(names);
  }
}

const fileOf = (origin: string): string => `${createHash('sha256').update(origin).digest('hex')}${suffix}`;

const isSame = (a: SignedCheckpoint | null, b: SignedCheckpoint | null): boolean =>
  a === null || b === null ? a === b : equal(encodeSignedCheckpoint(a), encodeSignedCheckpoint(b));

/** The files that it names; null if there is none. */
async function readMarker(folder: string): Promise<string[] | null> {
  const bytes = await readOrNull(join(folder, markerName));
  if (bytes === null) return null;
  const [first, ...names] = bytes.toString('utf8').split('\n').slice(0, -1);
  if (first !== markerLine)
    throw new AuditUsageError('the state of this witness is of another version of this program.');
  return names;
}
