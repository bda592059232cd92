import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { storageFault } from '../../src/filesystem/faults.ts';
import { initialiseFilesystemStore, openFilesystemStore } from '../../src/filesystem/index.ts';
import { openStoredObject } from '../../src/index.ts';
import { contract } from '../contract.ts';
import { all, freshFolder, freshName, inSeconds, pattern, runFolder, runPart, same, whole } from '../harness.ts';
import { readingContract } from '../readingContract.ts';
import { ticketContract } from '../ticketContract.ts';
import { vaultContract } from '../vaultContract.ts';
import { type FilesystemHarness, filesystemHarness, ticketKey } from './harness.ts';

let harness: FilesystemHarness;
beforeAll(async () => {
  harness = await filesystemHarness();
});
afterAll(() => harness.remove());

describe('filesystem', () => {
  contract(() => harness);
  ticketContract(() => harness);
  readingContract(() => harness);
  vaultContract(() => harness);
});

const now = () => new Date();
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe('files', () => {
  test('only we may read them, whatever the umask', async () => {
    const before = process.umask(0);
    try {
      const name = freshName();
      await harness.store.create(name, pattern(10), { retainUntil: inSeconds(60) });
      const found = await readdir(harness.root, { recursive: true, withFileTypes: true });
      for (const entry of found) {
        expect(await modeOf(join(entry.parentPath, entry.name))).toBe(entry.isDirectory() ? 0o700 : 0o600);
      }
      expect(found.length).toBeGreaterThan(6);
    } finally {
      process.umask(before);
    }
  });

  test('what is linked into the store from elsewhere isn’t read', async () => {
    const name = freshName();
    await harness.store.create(name, pattern(10));
    const link = runPart(freshFolder());
    await mkdir(join(harness.root, 'parts', link.slice(0, 22)), { mode: 0o700 });
    await symlink('/etc/passwd', join(harness.root, 'parts', link));
    await expect(harness.store.read(link, 0, 1)).rejects.toMatchObject({ code: 'configuration', reason: 'ELOOP' });
    await rm(join(harness.root, 'parts', link.slice(0, 22)), { recursive: true });
  });

  test('a folder in the place of a part isn’t taken for one, nor for none', async () => {
    const name = freshName();
    await mkdir(join(harness.root, 'parts', name), { recursive: true, mode: 0o700 });
    await expect(harness.store.read(name, 0, 1)).rejects.toMatchObject({ code: 'configuration' });
    await expect(harness.store.delete(name)).rejects.toMatchObject({ code: 'configuration' });
    expect(await harness.store.create(name, pattern(10))).toEqual({ tag: 'exists' });
  });

  test.each(['parts', 'promises'])('a folder of %s that is a link isn’t followed', async (kind) => {
    const own = await filesystemHarness();
    const name = freshName();
    const [folder, elsewhere] = [join(own.root, kind, name.slice(0, 22)), join(own.root, '..', 'elsewhere')];
    await own.store.create(name, pattern(10), { retainUntil: inSeconds(-60) });
    await rename(folder, elsewhere);
    await symlink(elsewhere, folder);
    const refused = { code: 'configuration', reason: 'folder' };
    const other = runPart(runFolder(name), 1);
    await expect(own.store.delete(name)).rejects.toMatchObject(refused);
    await expect(own.store.inspect(name)).rejects.toMatchObject(refused);
    await expect(own.store.create(other, pattern(10), { retainUntil: inSeconds(60) })).rejects.toMatchObject(refused);
    if (kind === 'parts') {
      await expect(own.store.read(name, 0, 1)).rejects.toMatchObject(refused);
      await expect(all(own.store.list(runFolder(name)))).rejects.toMatchObject(refused);
    }
    expect(await readdir(elsewhere)).toEqual([name.slice(23)]);
    await own.remove();
  });

  test('a promise that can’t be read forbids deleting', async () => {
    const name = freshName();
    await harness.store.create(name, pattern(10), { retainUntil: inSeconds(60) });
    const path = join(harness.root, 'promises', name);
    for (const text of ['', '{}', '{"version":2,"retainUntil":null,"held":false}', 'x'.repeat(3000)]) {
      await writeFile(path, text);
      await expect(harness.store.delete(name)).rejects.toMatchObject({ code: 'configuration' });
    }
    expect(await readFile(join(harness.root, 'parts', name))).toHaveLength(10);
  });

  test.each([
    ['a folder', async (path: string) => mkdir(path)],
    ['a link', async (path: string) => symlink('/dev/null', path)],
  ])('%s in the place of a promise forbids deleting', async (_, put) => {
    const name = freshName();
    await harness.store.create(name, pattern(10), { retainUntil: inSeconds(60) });
    const path = join(harness.root, 'promises', name);
    await rm(path);
    await put(path);
    await expect(harness.store.delete(name)).rejects.toMatchObject({ code: 'configuration' });
    expect(await readFile(join(harness.root, 'parts', name))).toHaveLength(10);
  });

  test('promises that have gone altogether forbid deleting, and opening', async () => {
    const own = await filesystemHarness();
    const name = freshName();
    await own.store.create(name, pattern(10), { retainUntil: inSeconds(60) });
    await rename(join(own.root, 'promises'), join(own.root, '..', 'promises'));
    await expect(own.store.delete(name)).rejects.toMatchObject({ code: 'configuration' });
    await expect(own.store.inspect(name)).rejects.toMatchObject({ code: 'configuration' });
    expect(await readFile(join(own.root, 'parts', name))).toHaveLength(10);
    const again = openFilesystemStore({ root: own.root, ticketKey, now });
    await expect(again).rejects.toMatchObject({ code: 'configuration' });
    await own.remove();
  });

  test('an object of which a part has no byte left isn’t opened', async () => {
    const name = freshName();
    await harness.store.create(name, pattern(10));
    await truncate(join(harness.root, 'parts', name));
    const opened = openStoredObject(harness.store, runFolder(name));
    await expect(opened).rejects.toMatchObject({ code: 'truncated', reason: 'empty' });
  });

  test('nothing is kept beside the bytes of what nothing is promised of', async () => {
    const own = await filesystemHarness();
    const name = freshName();
    await own.store.create(name, pattern(10));
    const kept = ['incoming', 'parts', `parts/${name.slice(0, 22)}`, `parts/${name}`, 'promises', 'sotto-storage-1'];
    expect((await readdir(own.root, { recursive: true })).sort()).toEqual(kept);
    await own.remove();
  });

  test('only what is old is cleared from among the unfinished', async () => {
    const [old, young] = ['a', 'b'].map((name) => join(harness.root, 'incoming', name));
    for (const path of [old, young]) await writeFile(path ?? '', 'x');
    await utimes(old ?? '', inSeconds(-7200), inSeconds(-7200));
    expect(await harness.store.clearUnfinished(inSeconds(-3600))).toBe(1);
    expect(await readdir(join(harness.root, 'incoming'))).toEqual(['b']);
    await rm(young ?? '');
  });
});

describe('opening', () => {
  test('a folder that is no store isn’t taken for an empty one', async () => {
    const root = join(harness.root, '..', 'nothing');
    await mkdir(root, { recursive: true, mode: 0o700 });
    await expect(openFilesystemStore({ root, ticketKey, now })).rejects.toMatchObject({ code: 'unavailable' });
    await initialiseFilesystemStore(root);
    await initialiseFilesystemStore(root);
    const store = await openFilesystemStore({ root, ticketKey, now });
    expect(await all(store.folders())).toEqual([]);
  });

  test('a folder that others may enter isn’t used', async () => {
    const root = join(harness.root, '..', 'open');
    await initialiseFilesystemStore(root);
    await chmod(join(root, 'parts'), 0o750);
    await expect(openFilesystemStore({ root, ticketKey, now })).rejects.toMatchObject({ code: 'configuration' });
  });

  test('a key for tickets has 32 bytes or more', async () => {
    const short = openFilesystemStore({ root: harness.root, ticketKey: new Uint8Array(31), now });
    await expect(short).rejects.toMatchObject({ code: 'argument' });
  });
});

describe('tickets', () => {
  test.each([
    '',
    '.',
    'a.b',
    '..',
    '/',
    `${'a'.repeat(10)}.${'b'.repeat(43)}`,
    `${'a'.repeat(5000)}.${'b'.repeat(43)}`,
  ])('what is none (%#)', async (path) => {
    expect(await harness.store.redeem(path, never())).toEqual({ tag: 'refused' });
  });

  test('one of another key is refused, its bytes unread', async () => {
    const other = await openFilesystemStore({ root: harness.root, ticketKey: new Uint8Array(32), now });
    const ticket = await other.presignPart(freshName(), { length: 10, expires: inSeconds(60) });
    expect(ticket.tag === 'path' && (await harness.store.redeem(ticket.path, never()))).toEqual({ tag: 'refused' });
  });
});

async function* never(): AsyncGenerator<Uint8Array> {
  yield await Promise.reject(new Error('it was read'));
}

describe('a disk', () => {
  test('that is full in the middle of a part keeps nothing of it', async () => {
    const command = 'ulimit -f 256; exec "$@"';
    const program = join(import.meta.dirname, 'limited.ts');
    const own = await filesystemHarness();
    try {
      const { stdout } = await promisify(execFile)('/bin/sh', [
        '-c',
        command,
        'sh',
        process.execPath,
        program,
        own.root,
      ]);
      expect(JSON.parse(stdout)).toEqual({ code: 'full EFBIG', folders: 0, next: 'created' });
      expect((await own.exposed()).unfinished).toBe(0);
    } finally {
      await own.remove();
    }
  });

  test.each([
    ['ENOSPC', 'full'],
    ['EDQUOT', 'full'],
    ['EIO', 'unavailable'],
    ['EMFILE', 'unavailable'],
    ['ESTALE', 'unavailable'],
    ['EROFS', 'denied'],
    ['EACCES', 'denied'],
    ['ENOTDIR', 'configuration'],
  ])('that says %s: %s', (code, expected) => {
    const fault = Object.assign(new Error(`${code}: /var/lib/sotto`), { code, syscall: 'write' });
    expect(storageFault(fault)).toMatchObject({ code: expected, reason: code, message: code });
  });

  test('whose writer is killed in the middle of a part has those before, and nothing of that one', async () => {
    const own = await filesystemHarness();
    const names = [freshName(), freshName()] as const;
    const writer = fork(join(import.meta.dirname, 'killed.ts'), [own.root, ...names]);
    await once(writer, 'message');
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    const again = await openFilesystemStore({ root: own.root, ticketKey, now });
    expect(same((await whole(again, names[0])) ?? new Uint8Array(), pattern(5000))).toBe(true);
    expect((await again.inspect(names[0]))?.retainUntil).not.toBeNull();
    expect(await again.inspect(names[1])).toBeNull();
    expect((await own.exposed()).names).toEqual([names[0]]);
    expect(await again.clearUnfinished(inSeconds(60))).toBe(1);
    expect(await again.create(names[1], pattern(10))).toEqual({ tag: 'created' });
    await own.remove();
  });
});
