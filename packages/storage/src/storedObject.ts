import { TruncatedError } from './errors.ts';
import type { ListedPart, ObjectStore } from './objectStore.ts';
import { type ByteSource, partedSource } from './partedSource.ts';
import { type FolderId, type PartName, partName, readPartName } from './partName.ts';

/** The sealed bytes of an object, as packages/vault opens and verifies them. */
export interface StoredObject {
  readonly tag: 'stored';
  /** `null` while nobody has signed for the object. */
  readonly manifest: ByteSource | null;
  readonly head: ByteSource | null;
  /** One for each run, in order. */
  readonly runs: readonly ByteSource[];
}

/** `incomplete`: a part is missing before others that are there; it is named. */
export type Opening =
  | StoredObject
  | { readonly tag: 'absent' }
  | { readonly tag: 'incomplete'; readonly missing: PartName };

export interface OpenOptions {
  /** Bytes that each run's source keeps in memory at most; 4 MiB unless told. */
  readonly cacheBytes?: number;
}

/**
 * Presents the parts of a folder as the files that they are parts of. It lists the folder once, and reads nothing before
 * it is asked. Whether the parts are the right ones only the manifest tells: the end of the last run may be missing.
 *
 * A source throws what the store throws, and `TruncatedError` when a part has got shorter or has gone.
 *
 * @throws TruncatedError when a part has no byte left
 */
export async function openStoredObject(
  store: ObjectStore,
  folder: FolderId,
  options: OpenOptions = {},
): Promise<Opening> {
  const runs: ListedPart[][] = [];
  let manifest: ByteSource | null = null;
  let head: ByteSource | null = null;
  for await (const part of store.list(folder)) {
    const { leaf } = readPartName(part.name);
    if (part.length < 1) throw new TruncatedError('empty');
    if (leaf.tag === 'manifest') manifest = sourceOf(store, [part], options);
    else if (leaf.tag === 'head') head = sourceOf(store, [part], options);
    else {
      // They come in order: the next part of this run, or the first of the next one.
      const last = runs.at(-1);
      if (last !== undefined && leaf.run === runs.length - 1 && leaf.index === last.length) last.push(part);
      else if (leaf.run === runs.length && leaf.index === 0) runs.push([part]);
      else {
        const same = last !== undefined && leaf.run === runs.length - 1;
        const missing = same ? { run: leaf.run, index: last.length } : { run: runs.length, index: 0 };
        return { tag: 'incomplete', missing: partName(folder, { tag: 'run', ...missing }) };
      }
    }
  }
  if (runs.length === 0 && manifest === null && head === null) return { tag: 'absent' };
  return { tag: 'stored', manifest, head, runs: runs.map((parts) => sourceOf(store, parts, options)) };
}

function sourceOf(store: ObjectStore, parts: readonly ListedPart[], { cacheBytes }: OpenOptions): ByteSource {
  return partedSource({
    lengths: parts.map(({ length }) => length),
    read: async (index, offset, length, signal) => {
      const part = parts[index];
      if (part === undefined) throw new TruncatedError('absent');
      const reading = await store.read(part.name, offset, length, signal);
      if (reading.tag !== 'read') throw new TruncatedError(reading.tag);
      return reading.bytes;
    },
    ...(cacheBytes === undefined ? {} : { cacheBytes }),
  });
}
