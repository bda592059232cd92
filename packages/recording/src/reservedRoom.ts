import { openAccess } from './accessHandle.ts';

const name = 'reserve';
/** What it takes to note how a recording ended, many times over. */
const octets = 1024 * 1024;

/**
 * Keeps some room of the device for the end of a recording that fills it up: else nobody could note that it's over. The
 * file holds zeros. For a dedicated worker.
 *
 * @throws what the browser throws where there is no room
 */
export async function reserveRoom(folder: FileSystemDirectoryHandle): Promise<void> {
  const handle = await openAccess(await folder.getFileHandle(name, { create: true }));
  try {
    if (handle.getSize() < octets) handle.write(new Uint8Array(octets), { at: 0 });
    handle.flush();
  } finally {
    handle.close();
  }
}

/** It's needed now. */
export async function releaseRoom(folder: FileSystemDirectoryHandle): Promise<void> {
  await folder.removeEntry(name);
}
