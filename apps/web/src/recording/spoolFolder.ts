import type { RecordingId } from '@sotto/protocol/ids';
import { OpfsSpool } from '@sotto/recording/opfsSpool';
import type { ObjectId } from '@sotto/vault';

/** Where recordings' ciphertext lies in the origin's private files: a folder a recording, in it a folder an object. */
const top = 'recordings';

/** @throws DOMException where the browser has no private files */
export async function spoolFolder(recording: RecordingId, object: ObjectId): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  const all = await root.getDirectoryHandle(top, { create: true });
  const one = await all.getDirectoryHandle(recording, { create: true });
  return one.getDirectoryHandle(object, { create: true });
}

/** A spool to read what was kept, and to take it away. */
export async function openKept(recording: RecordingId, object: ObjectId): Promise<OpfsSpool> {
  return new OpfsSpool(await spoolFolder(recording, object), () => Promise.reject(new Error('not a recorder')));
}

/** Everything of a recording. */
export async function removeSpool(recording: RecordingId): Promise<void> {
  const root = await navigator.storage.getDirectory();
  const all = await root.getDirectoryHandle(top, { create: true });
  await all.removeEntry(recording, { recursive: true }).catch((error: unknown) => {
    if (!(error instanceof DOMException && error.name === 'NotFoundError')) throw error;
  });
}
