import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSignedCheckpoint, type SignedCheckpoint } from '@sotto/audit';
import { LogStopped } from '../errors.ts';

/** Keeps checkpoints where they can't be changed any more: between signature and witness. */
export interface WriteOnce {
  /** Resolves once it is there for good. @throws LogStopped `fork` if there is another of that size; anything else if it can't be */
  keep(signed: SignedCheckpoint): Promise<void>;
}

/** Sizes of checkpoints that lie in one folder. */
const perFolder = 65_536;

/**
 * Write-once storage that is a folder, such as a mount that nobody may delete from: one file a size of the log, created and
 * never opened for writing again, of mode 0400, synced.
 */
export const writeOnceFolder = (root: string): WriteOnce => ({
  async keep(signed) {
    const { size } = signed.checkpoint;
    const folder = join(root, String(Math.floor(size / perFolder)).padStart(10, '0'));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, `${String(size).padStart(16, '0')}.checkpoint`);
    const bytes = encodeSignedCheckpoint(signed);
    // Under another name until it is whole: what has its name is never half of one.
    const draft = join(folder, `.${randomBytes(8).toString('hex')}`);
    const file = await open(draft, 'wx', 0o400);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    try {
      await link(draft, path);
      await syncFolder(folder);
    } catch (fault) {
      const isThere = fault instanceof Error && 'code' in fault && fault.code === 'EEXIST';
      if (!isThere) throw fault;
      // Asked again after a crash: the log signs one size one way.
      if (!Buffer.from(bytes).equals(await readFile(path))) throw new LogStopped('fork');
    } finally {
      await unlink(draft);
    }
  },
});

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
