import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import {
  type ByteSource,
  beginsRun,
  fileLength,
  inspectManifest,
  maxManifestLength,
  maxRuns,
  type ParsedManifest,
  sliceSource,
} from '@sotto/vault';
import { bad, notDone } from '../errors.ts';
import type { Terminal } from '../terminal.ts';
import { type FileSource, joinSources, openFile } from './fileSource.ts';
import { requireMagic, spool } from './spool.ts';
import { Temporary } from './temporary.ts';

/** What was found at a path (SPEC.md section 11): a whole object, or one run by itself. */
export type Found =
  | {
      readonly type: 'object';
      readonly manifestBytes: Uint8Array<ArrayBuffer>;
      readonly manifest: ParsedManifest;
      readonly runs: readonly ByteSource[];
      readonly head: ByteSource | null;
    }
  | { readonly type: 'run'; readonly run: ByteSource };

/** As for exchange (SPEC.md section 11), or as the storage names parts (packages/storage/SPEC.md section 2). */
const partName = /^(?:run-(?=\d{4}-part)|(?=\d{4}-\d))(\d{4})-(?:part-)?(\d{6})$/;

/** Finds an object in a file, a folder, or standard input (`-`), and lets go of it when `use` is done. */
export const withStored = async <T>(
  path: string,
  { stdin, stop }: Pick<Terminal, 'stdin' | 'stop'>,
  use: (found: Found) => Promise<T>,
): Promise<T> => {
  await using held = new Held(stop);
  return await use(await find(path, stdin, held));
};

/** Files to close and folders to remove, last first. */
class Held implements AsyncDisposable {
  /** Aborts when nothing more may be read. */
  readonly stop: AbortSignal;
  readonly #releases: (() => Promise<void>)[] = [];

  constructor(stop: AbortSignal) {
    this.stop = stop;
  }

  async file(path: string): Promise<FileSource> {
    const source = await openFile(path, this.stop);
    this.#releases.push(() => source.close());
    return source;
  }

  async folder(): Promise<string> {
    const folder = new Temporary(await mkdtemp(join(tmpdir(), 'sotto-sealed-')));
    this.#releases.push(() => folder[Symbol.asyncDispose]());
    return folder.path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const release of this.#releases.reverse()) await release();
  }
}

const find = async (path: string, stdin: Readable, held: Held): Promise<Found> => {
  if (path === '-') return await fromPipe(stdin, held);
  const found = await stat(path).catch(() => null);
  if (found === null) throw notDone(`There is nothing at ${path}.`);
  if (found.isDirectory()) return await fromFolder(path, held);
  return found.isFile() ? await fromStream(await held.file(path)) : await fromPipe(createReadStream(path), held);
};

/** A pipe can't be read from the end first, so what comes in, all of it sealed, is put aside for the while. */
const fromPipe = async (pipe: Readable, held: Held): Promise<Found> => {
  const path = join(await held.folder(), 'stream');
  await spool(pipe, path, held.stop);
  return await fromStream(await held.file(path));
};

const readAll = async (source: ByteSource, length: number): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await source.read(0, Math.min(source.length, length)));

const fromStream = async (source: ByteSource): Promise<Found> => {
  const beginning = await readAll(source, maxManifestLength);
  if (beginsRun(beginning)) return { type: 'run', run: source };
  requireMagic(beginning);
  const manifest = await inspectManifest(beginning);
  let offset = manifest.byteLength;
  const take = (length: number): ByteSource => {
    if (offset + length > source.length) throw bad('The stream ends before its manifest says.');
    const slice = sliceSource(source, offset, length);
    offset += length;
    return slice;
  };
  const head = manifest.head === null ? null : take(fileLength(manifest.head));
  const runs = manifest.runs.map((record) => take(fileLength(record)));
  if (offset !== source.length) throw bad('The stream goes on after its manifest says it ends.');
  return { type: 'object', manifestBytes: beginning.slice(0, manifest.byteLength), manifest, runs, head };
};

const fromFolder = async (path: string, held: Held): Promise<Found> => {
  const entries = await readdir(path, { withFileTypes: true });
  if (!entries.every((entry) => entry.isFile())) throw bad('The folder holds something that isn’t a plain file.');
  const names = entries.map(({ name }) => name).sort();
  const parts = names.flatMap((name) => {
    const [, run, part] = partName.exec(name) ?? [];
    return run === undefined || part === undefined ? [] : [{ name, run: Number(run), part: Number(part) }];
  });
  const extra = names.filter((name) => name !== 'manifest' && name !== 'head' && !partName.test(name));
  if (extra.length > 0) throw bad('The folder holds files that belong to no sealed object.');
  const runs = Map.groupBy(parts, ({ run }) => run);
  if (runs.size > maxRuns) throw bad('The folder holds more runs than an object may have.');
  const sources: ByteSource[] = [];
  for (let run = 0; run < runs.size; run += 1) {
    const files = runs.get(run);
    if (files === undefined) throw bad(`The folder has no run ${run}.`);
    const gap = files.findIndex(({ part }, index) => part !== index);
    if (gap !== -1) throw bad(`Run ${run} has no part ${gap}.`);
    const opened: ByteSource[] = [];
    for (const { name } of files) opened.push(await held.file(join(path, name)));
    sources.push(joinSources(opened));
  }
  const [only] = sources;
  if (!names.includes('manifest')) {
    if (only === undefined || sources.length > 1) throw bad('The folder has no manifest.');
    if (names.includes('head')) throw bad('The folder has no manifest: name the run or the head that you mean.');
    return { type: 'run', run: only };
  }
  const manifestSource = await held.file(join(path, 'manifest'));
  if (manifestSource.length > maxManifestLength) throw bad('The manifest is longer than a manifest can be.');
  const manifestBytes = await readAll(manifestSource, maxManifestLength);
  return {
    type: 'object',
    manifestBytes,
    manifest: await inspectManifest(manifestBytes),
    runs: sources,
    head: names.includes('head') ? await held.file(join(path, 'head')) : null,
  };
};
