import { randomBytes } from 'node:crypto';
import {
  type FolderId,
  folderIdFrom,
  type ObjectStore,
  type PartName,
  partName,
  StorageError,
  type UploadTicket,
} from '../src/index.ts';

/** What happened to an upload, as the client sees it. */
export type Upload = 'created' | 'exists' | 'refused';

/** One adapter over one backend, and what may happen to it. */
export interface Harness {
  readonly store: ObjectStore;
  /** The same backend, where tickets of it can be used. */
  readonly ticketing: ObjectStore;
  /** The same as `ticketing`, by another clock. */
  at(now: Date): Promise<ObjectStore>;
  /** Uploads as a client would that has nothing but the ticket. */
  upload(ticket: UploadTicket, content: Uint8Array, over?: Record<string, string>): Promise<Upload>;
  /** Changes the ticket so that it names another part. */
  forge(ticket: UploadTicket, from: PartName, to: PartName): UploadTicket;
  /** Does something while the backend can't be reached. */
  whileDown<T>(act: () => Promise<T>): Promise<T>;
  /** Has the backend go away now, in the middle of what is going on, and gives back a way to bring it back. */
  takeDown(): Promise<() => Promise<void>>;
  /** Has a part be cut short below the store while it is read, and gives back a way to end that. */
  shorten(name: PartName): Promise<() => Promise<void>>;
  /** What an administrator of the backend sees of our parts: their names, and how many uploads have never ended. */
  exposed(): Promise<{ readonly names: readonly string[]; readonly unfinished: number }>;
}

export const freshFolder = (): FolderId => folderIdFrom(randomBytes(16));

export const runPart = (folder: FolderId, run = 0, index = 0): PartName => partName(folder, { tag: 'run', run, index });

export const freshName = (): PartName => runPart(freshFolder());

/** Bytes that differ everywhere, so that a slice from the wrong place shows. */
export const pattern = (length: number, salt = 0): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(length);
  let state = 0x9e3779b9 ^ salt;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
};

/** Equality of bytes, without what a matcher spends on explaining every one of them. */
export const same = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;

export async function* chunked(content: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < content.byteLength; from += length) yield content.subarray(from, from + length);
}

/** Everything of a list. */
export async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of list) items.push(item);
  return items;
}

/** The whole of a part. */
export async function whole(store: ObjectStore, name: PartName): Promise<Uint8Array | null> {
  const info = await store.inspect(name);
  if (info === null) return null;
  const reading = await store.read(name, 0, info.length);
  return reading.tag === 'read' ? reading.bytes : null;
}

const second = 1000;
/** A date that far from now, in whole seconds: a store may keep no more. */
export const inSeconds = (seconds: number): Date => new Date((Math.floor(Date.now() / second) + seconds) * second);

/** The folder that a part is in. */
export const runFolder = (name: PartName): FolderId => name.slice(0, 22) as FolderId;

/** The code of the fault that a promise is rejected with. */
export async function failure(promise: Promise<unknown>): Promise<string> {
  const reason = await promise.then(
    () => null,
    (fault: unknown) => fault,
  );
  return reason instanceof StorageError ? reason.code : String(reason);
}
