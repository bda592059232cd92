import { type AccessHandle, openAccess } from './accessHandle.ts';
import { RecordingUsageError, SpoolFullError } from './errors.ts';
import type { PartPlace, Spool } from './spool.ts';

/** `whole` parts may leave; the run, or the head, ends with its `last`. An `open` one was cut off, or is being written. */
export type PartState = 'open' | 'whole' | 'last';

export interface SpooledPart {
  readonly place: PartPlace;
  readonly state: PartState;
  /** Octets. */
  readonly length: number;
}

/**
 * A spool in the origin's private files, a folder an object: parts as packages/vault/SPEC.md section 11 names them, each
 * with an empty file beside it once it's whole. It holds ciphertext alone. For a dedicated worker: pages can't write so.
 */
export class OpfsSpool implements Spool {
  /** See `Spool.began`: the note doesn't belong beside the run. */
  readonly began: Spool['began'];
  readonly #folder: FileSystemDirectoryHandle;
  #open: { name: string; handle: AccessHandle } | null = null;

  constructor(folder: FileSystemDirectoryHandle, began: Spool['began']) {
    this.#folder = folder;
    this.began = began;
  }

  /** @throws RecordingUsageError unless the part is as long as `offset`; SpoolFullError, or what the browser throws, when there is no room */
  async append(place: PartPlace, offset: number, chunks: readonly Uint8Array<ArrayBuffer>[]): Promise<void> {
    const handle = await this.#handle(nameOf(place));
    if (handle.getSize() !== offset) throw new RecordingUsageError('a part that is written over');
    const octets = joined(chunks);
    if (handle.write(octets, { at: offset }) !== octets.byteLength) throw new SpoolFullError();
    handle.flush();
  }

  async ended(place: PartPlace, isLast: boolean): Promise<void> {
    this.close();
    await this.#folder.getFileHandle(`${nameOf(place)}.${isLast ? 'last' : 'whole'}`, { create: true });
  }

  /** Lets go of the part that is being written; it stays as it is. */
  close(): void {
    this.#open?.handle.close();
    this.#open = null;
  }

  /** What is there, by name: a run's parts are in order. */
  async list(): Promise<SpooledPart[]> {
    const names = new Set<string>();
    for await (const name of this.#folder.keys()) names.add(name);
    const parts: SpooledPart[] = [];
    for (const name of [...names].sort()) {
      const place = placeOf(name);
      if (place === null) continue;
      const whole = names.has(`${name}.whole`) ? 'whole' : 'open';
      const state = names.has(`${name}.last`) ? 'last' : whole;
      parts.push({ place, state, length: (await this.read(place)).size });
    }
    return parts;
  }

  /** A part's octets; read as they are asked for. */
  async read(place: PartPlace): Promise<File> {
    return await (await this.#folder.getFileHandle(nameOf(place))).getFile();
  }

  /** Deletes a part that is stored elsewhere. The note of its state goes last: nothing is left that could be sent again. */
  async remove(place: PartPlace): Promise<void> {
    const name = nameOf(place);
    if (this.#open?.name === name) this.close();
    for (const file of [name, `${name}.whole`, `${name}.last`]) {
      await this.#folder.removeEntry(file).catch(ignoreMissing);
    }
  }

  async #has(name: string): Promise<boolean> {
    const found = await this.#folder.getFileHandle(name).catch(ignoreMissing);
    return found !== undefined;
  }

  async #handle(name: string): Promise<AccessHandle> {
    if (this.#open?.name === name) return this.#open.handle;
    this.close();
    for (const state of ['whole', 'last']) {
      if (await this.#has(`${name}.${state}`)) throw new RecordingUsageError('a part that is written over');
    }
    const file = await this.#folder.getFileHandle(name, { create: true });
    const handle = await openAccess(file);
    this.#open = { name, handle };
    return handle;
  }
}

/** Each write costs as much as a long one. */
function joined(chunks: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

function ignoreMissing(error: unknown): undefined {
  if (!(error instanceof DOMException && error.name === 'NotFoundError')) throw error;
}

function nameOf({ of, part }: PartPlace): string {
  if (of === 'head') return 'head';
  return `run-${String(of.run).padStart(4, '0')}-part-${String(part).padStart(6, '0')}`;
}

function placeOf(name: string): PartPlace | null {
  if (name === 'head') return { of: 'head', part: 0 };
  const [, run, part] = /^run-(\d{4})-part-(\d{6})$/.exec(name) ?? [];
  return run === undefined || part === undefined ? null : { of: { run: Number(run) }, part: Number(part) };
}
