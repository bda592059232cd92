import type { RecordingId } from '@sotto/protocol/ids';
import { OpfsSpool } from '@sotto/recording/opfsSpool';
import type { ObjectId } from '@sotto/vault';

/** Where recordings' ciphertext lies in the origin's private files: a folder a recording, in it a folder an object. */
const top = 'recordings';

/** For a recorder; made if it isn't there. @throws DOMException where the browser has no private files */
export async function spoolFolder(recording: RecordingId, object: ObjectId): Promise<FileSystemDirectoryHandle> {
  return folderOf(recording, object, true);
}

/** A spool to read what was kept, and to take it away; null if nothing was, or if it's away. */
export async function openKept(recording: RecordingId, object: ObjectId): Promise<OpfsSpool | null> {
  try {
    const folder = await folderOf(recording, object, false);
    return new OpfsSpool(folder, () => Promise.reject(new Error('not a recorder')));
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotFoundError') return null;
    throw error;
  }
}

async function folderOf(recording: RecordingId, object: ObjectId, create: boolean): Promise<FileSystemDirectoryHandle> {
  return (await recordingFolder(recording, create)).getDirectoryHandle(object, { create });
}

/** Of all of a recording's objects. */
export async function recordingFolder(recording: RecordingId, create: boolean): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  const all = await root.getDirectoryHandle(top, { create });
  return all.getDirectoryHandle(recording, { create });
}

/** Everything of a recording. */
export async function removeSpool(recording: RecordingId): Promise<void> {
  const root = await navigator.storage.getDirectory();
  const all = await root.getDirectoryHandle(top, { create: true });
  await all.removeEntry(recording, { recursive: true }).catch((error: unknown) => {
    if (!(error instanceof DOMException && error.name === 'NotFoundError')) throw error;
  });
}
