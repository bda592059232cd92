import { lstat, mkdir, opendir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ArgumentError, TruncatedError } from '../errors.ts';
import {
  boundedContent,
  type CreateOptions,
  type Creation,
  checkDate,
  checkRange,
  checkTicket,
  type Deletion,
  type Holding,
  type ListedPart,
  type ObjectStore,
  type PartInfo,
  type Reading,
  type Retaining,
  type TicketOptions,
  type UploadTicket,
} from '../objectStore.ts';
import { type FolderId, folderId, isFolderId, isPartName, type PartName, readPartName, runText } from '../partName.ts';
import { isPlainFolder, openPlainFile, removeFile, writeUnseen } from './durableFile.ts';
import { hasCode, withFaults } from './faults.ts';
import { checkStore, folders, incomingPath, marker, partPath, promisePath } from './layout.ts';
import { forgetPromise, later, readPromise, writePromise } from './retention.ts';
import { checkTicketKey, openTicket, sealTicket } from './uploadTicket.ts';

export interface FilesystemOptions {
  /** Absolute path of a folder that `initialiseFilesystemStore` has made ready. One process at a time writes to it. */
  readonly root: string;
  /** At least 32 random bytes, used for nothing else: whoever has them can make tickets. */
  readonly ticketKey: Uint8Array;
  readonly now: () => Date;
}

/** What came of an upload by ticket. `wrongLength`: it wasn't as long as the ticket says, and isn't kept. */
export type Redemption = Creation | { readonly tag: 'expired' | 'refused' | 'wrongLength' };

/** Makes a folder ready to be a store; one that is ready stays as it is. @throws DeniedError, FullError, UnavailableError */
export const initialiseFilesystemStore = (root: string): Promise<void> =>
  withFaults(async () => {
    for (const name of folders) await mkdir(join(root, name), { recursive: true, mode: 0o700 });
    const file = await writeUnseen(join(root, 'incoming'), []);
    try {
      await file.publish(join(root, marker));
    } finally {
      await file.discard();
    }
  });

/**
 * Opens a store in a folder.
 *
 * @throws UnavailableError when the folder isn't a store: its disk may not be there
 * @throws ConfigurationError when one of its folders isn't there, is a link, or others than we may enter it
 */
export async function openFilesystemStore(options: FilesystemOptions): Promise<FilesystemStore> {
  checkTicketKey(options.ticketKey);
  await withFaults(async () => {
    await checkStore(options.root);
  });
  return new FilesystemStore(options);
}

/** Parts as files. It keeps its promises against our own mistakes, not against whoever owns the disk (SPEC.md section 4). */
export class FilesystemStore implements ObjectStore {
  readonly #root: string;
  readonly #ticketKey: Uint8Array;
  readonly #now: () => Date;
  /** Steps that read a promise and then act on it, one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @internal made by `openFilesystemStore` */
  constructor({ root, ticketKey, now }: FilesystemOptions) {
    this.#root = root;
    this.#ticketKey = ticketKey.slice();
    this.#now = now;
  }

  async create(
    name: PartName,
    content: Uint8Array | AsyncIterable<Uint8Array>,
    { retainUntil, signal }: CreateOptions = {},
  ): Promise<Creation> {
    const path = this.#partPath(name);
    if (retainUntil !== undefined) checkDate(retainUntil);
    return withFaults(async () => {
      const file = await writeUnseen(this.#incoming, boundedContent(content, signal));
      try {
        return await this.#exclusively(async (): Promise<Creation> => {
          if (retainUntil !== undefined) {
            // The promise is there before the part is, so that nobody can delete the part in between.
            if ((await this.inspect(name)) !== null) return { tag: 'exists' };
            await writePromise(this.#incoming, this.#promisePath(name), { retainUntil, held: false });
          }
          return { tag: (await file.publish(path)) ? 'created' : 'exists' };
        });
      } finally {
        await file.discard();
      }
    });
  }

  async inspect(name: PartName): Promise<PartInfo | null> {
    const path = this.#partPath(name);
    return withFaults(async () => {
      const found = await openPlainFile(path);
      if (found === null) {
        await checkStore(this.#root);
        return null;
      }
      await found.file.close();
      return { name, length: found.length, ...(await readPromise(this.#root, name)) };
    });
  }

  async read(name: PartName, offset: number, length: number, signal?: AbortSignal): Promise<Reading> {
    const path = this.#partPath(name);
    checkRange(offset, length);
    signal?.throwIfAborted();
    return withFaults(async (): Promise<Reading> => {
      const found = await openPlainFile(path);
      if (found === null) {
        await checkStore(this.#root);
        return { tag: 'absent' };
      }
      try {
        if (offset + length > found.length) return { tag: 'outside', length: found.length };
        const bytes = new Uint8Array(length);
        for (let filled = 0; filled < length; ) {
          const { bytesRead } = await found.file.read(bytes, filled, length - filled, offset + filled);
          signal?.throwIfAborted();
          if (bytesRead === 0) throw new TruncatedError('end');
          filled += bytesRead;
        }
        return { tag: 'read', bytes };
      } finally {
        await found.file.close();
      }
    });
  }

  async *list(folder: FolderId, run?: number): AsyncGenerator<ListedPart, void, undefined> {
    const prefix = run === undefined ? '' : `${runText(run)}-`;
    const path = join(this.#root, 'parts', folderId(folder));
    const names = (await this.#entries(path))
      .filter((file) => file.startsWith(prefix))
      .map((file) => `${folder}/${file}`)
      .filter(isPartName)
      .sort();
    for (const name of names) {
      const found = await withFaults(() => openPlainFile(this.#partPath(name)));
      if (found === null) continue;
      await found.file.close();
      yield { name, length: found.length };
    }
  }

  async *folders(): AsyncGenerator<FolderId, void, undefined> {
    yield* (await this.#entries(join(this.#root, 'parts'))).filter(isFolderId).sort();
  }

  async delete(name: PartName): Promise<Deletion> {
    const path = this.#partPath(name);
    return this.#exclusively(async (): Promise<Deletion> => {
      const found = await this.inspect(name);
      if (found === null) return { tag: 'absent' };
      if (found.held) return { tag: 'held' };
      if (found.retainUntil !== null && found.retainUntil > this.#now()) {
        return { tag: 'retained', until: found.retainUntil };
      }
      return withFaults(async () => {
        await removeFile(path);
        await forgetPromise(this.#promisePath(name));
        return { tag: 'deleted' };
      });
    });
  }

  async retain(name: PartName, until: Date): Promise<Retaining> {
    checkDate(until);
    return this.#exclusively(async (): Promise<Retaining> => {
      const found = await this.inspect(name);
      if (found === null) return { tag: 'absent' };
      const retainUntil = later(found.retainUntil, until);
      await this.#promise(name, { retainUntil, held: found.held });
      return { tag: 'retained', until: retainUntil };
    });
  }

  async hold(name: PartName, held: boolean): Promise<Holding> {
    return this.#exclusively(async (): Promise<Holding> => {
      const found = await this.inspect(name);
      if (found === null) return { tag: 'absent' };
      await this.#promise(name, { retainUntil: found.retainUntil, held });
      return { tag: held ? 'held' : 'released' };
    });
  }

  async presignPart(name: PartName, options: TicketOptions): Promise<UploadTicket> {
    readPartName(name);
    checkTicket(options, this.#now());
    const { length, expires } = options;
    return { tag: 'path', path: sealTicket(this.#ticketKey, { name, length, expires }), headers: {}, expires };
  }

  /** Creates the part that a ticket of `presignPart` speaks of. @throws as `create` does */
  async redeem(path: string, content: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<Redemption> {
    const verdict = openTicket(this.#ticketKey, path, this.#now());
    if (verdict.tag !== 'valid') return verdict;
    const wrong = new ArgumentError('wrongLength');
    try {
      const exact = exactly(content, verdict.length, wrong);
      return await this.create(verdict.name, exact, signal === undefined ? {} : { signal });
    } catch (fault) {
      if (fault === wrong) return { tag: 'wrongLength' };
      throw fault;
    }
  }

  async clearUnfinished(before: Date): Promise<number> {
    checkDate(before);
    let cleared = 0;
    for (const file of await this.#entries(this.#incoming)) {
      const path = join(this.#incoming, file);
      cleared += await withFaults(async () => {
        const found = await lstat(path).catch((fault: unknown) => {
          // Who wrote it has ended meanwhile.
          if (hasCode(fault, 'ENOENT')) return null;
          throw fault;
        });
        if (found === null || found.mtime >= before) return 0;
        await rm(path, { force: true });
        return 1;
      });
    }
    return cleared;
  }

  get #incoming(): string {
    return incomingPath(this.#root);
  }

  #partPath(name: PartName): string {
    return partPath(this.#root, name);
  }

  #promisePath(name: PartName): string {
    return promisePath(this.#root, name);
  }

  #promise(name: PartName, promised: { retainUntil: Date | null; held: boolean }): Promise<void> {
    return withFaults(() => writePromise(this.#incoming, this.#promisePath(name), promised));
  }

  async #entries(path: string): Promise<string[]> {
    return withFaults(async () => {
      const names: string[] = [];
      if (!(await isPlainFolder(path))) {
        await checkStore(this.#root);
        return names;
      }
      try {
        for await (const entry of await opendir(path)) names.push(entry.name);
      } catch (fault) {
        if (!hasCode(fault, 'ENOENT')) throw fault;
        await checkStore(this.#root);
      }
      return names;
    });
  }

  #exclusively<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(act);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

async function* exactly(content: AsyncIterable<Uint8Array>, length: number, wrong: Error) {
  let left = length;
  for await (const chunk of content) {
    left -= chunk.byteLength;
    if (left < 0) throw wrong;
    yield chunk;
  }
  if (left !== 0) throw wrong;
}
