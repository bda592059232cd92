import { mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FilesystemStore, initialiseFilesystemStore, openFilesystemStore } from '../../src/filesystem/index.ts';
import { chunked, type Harness } from '../harness.ts';

/** A store in a new temporary folder. */
export interface FilesystemHarness extends Harness {
  readonly store: FilesystemStore;
  readonly root: string;
  remove(): Promise<void>;
}

export const ticketKey = new Uint8Array(32).fill(7);

export async function filesystemHarness(): Promise<FilesystemHarness> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-storage-'));
  const root = join(folder, 'store');
  await initialiseFilesystemStore(root);
  const at = (now: () => Date) => openFilesystemStore({ root, ticketKey, now });
  const store = await at(() => new Date());
  const takeDown = async () => {
    await rename(root, `${root}.away`);
    return () => rename(`${root}.away`, root);
  };
  return {
    store,
    ticketing: store,
    root,
    at: (now) => at(() => now),
    async upload(ticket, content) {
      if (ticket.tag !== 'path') throw new Error('a path was expected');
      const { tag } = await store.redeem(ticket.path, chunked(content, 1024));
      return tag === 'created' || tag === 'exists' ? tag : 'refused';
    },
    forge(ticket, from, to) {
      if (ticket.tag !== 'path') throw new Error('a path was expected');
      const [content = '', code = ''] = ticket.path.split('.');
      const changed = Buffer.from(content, 'base64url').toString().replace(from, to);
      return { ...ticket, path: `${Buffer.from(changed).toString('base64url')}.${code}` };
    },
    takeDown,
    async whileDown(act) {
      const bringBack = await takeDown();
      try {
        return await act();
      } finally {
        await bringBack();
      }
    },
    async shorten(name) {
      const path = join(root, 'parts', name);
      const content = await readFile(path);
      await truncate(path, content.byteLength - 1);
      return () => writeFile(path, content);
    },
    async exposed() {
      const entries = await readdir(join(root, 'parts'), { recursive: true, withFileTypes: true });
      const names = entries
        .filter((entry) => !entry.isDirectory())
        .map(({ parentPath, name }) => join(parentPath, name).slice(join(root, 'parts').length + 1));
      return { names, unfinished: (await readdir(join(root, 'incoming'))).length };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
