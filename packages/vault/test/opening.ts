import { expect } from 'vitest';
import {
  type Bytes,
  bytesSource,
  checkManifest,
  type ObjectReader,
  openObject,
  VaultError,
  verifyObject,
} from '../src/index.ts';
import { join, type Stored } from './sealing.ts';

/** What a test may have done to a stored object before it's opened. */
export interface Tampered {
  readonly manifest?: Bytes;
  readonly runs?: readonly Bytes[];
  readonly head?: Bytes | null;
}

const sourcesOf = (stored: Stored, tampered: Tampered) => {
  const head = tampered.head === undefined ? stored.head : tampered.head;
  return {
    runs: (tampered.runs ?? stored.runs).map((run) => bytesSource(run)),
    head: head === null ? null : bytesSource(head),
  };
};

const checkedManifestOf = (stored: Stored, tampered: Tampered) =>
  checkManifest(tampered.manifest ?? stored.manifest, {
    signer: stored.desk.trusted,
    context: stored.desk.context,
    hash: null,
  });

export const open = async (stored: Stored, tampered: Tampered = {}): Promise<ObjectReader> =>
  await openObject(await checkedManifestOf(stored, tampered), sourcesOf(stored, tampered), stored.desk.keys);

export const verify = async (stored: Stored, tampered: Tampered = {}): Promise<void> =>
  verifyObject(await checkedManifestOf(stored, tampered), sourcesOf(stored, tampered));

/** Everything that comes out of a stream, and how it ended. */
export const drain = async (stream: ReadableStream<Bytes>): Promise<{ bytes: Bytes; failure: unknown }> => {
  const pieces: Bytes[] = [];
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { bytes: join(...pieces), failure: null };
      pieces.push(value);
    }
  } catch (failure) {
    return { bytes: join(...pieces), failure };
  }
};

/** Equality of bytes, without what a matcher spends on explaining every one of them. */
export const same = (a: Uint8Array, b: Uint8Array): boolean =>
  a.byteLength === b.byteLength && a.every((byte, index) => byte === b[index]);

/**
 * Opens and reads everything of an object that was tampered with: somewhere a typed error must come, and whatever
 * came out before it must be the true content.
 */
export const failsClosed = async (stored: Stored, tampered: Tampered): Promise<boolean> => {
  let reader: ObjectReader;
  try {
    reader = await open(stored, tampered);
  } catch (failure) {
    return failure instanceof VaultError;
  }
  const { bytes, failure } = await drain(reader.stream());
  if (!same(bytes, stored.plaintext.subarray(0, bytes.byteLength))) return false;
  if (failure !== null) return failure instanceof VaultError;
  try {
    await reader.head?.read(0, reader.head.length);
    return false;
  } catch (headFailure) {
    return headFailure instanceof VaultError;
  }
};

/** The error that a promise rejects with: its code and its place. */
export const rejection = async (promise: Promise<unknown>): Promise<{ code: string; at: string }> => {
  const failure = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(failure).toBeInstanceOf(VaultError);
  return failure instanceof VaultError ? { code: failure.code, at: failure.message } : { code: '', at: '' };
};
