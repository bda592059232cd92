import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faultSentence } from '../errors.ts';
import { keepClinicKeys } from './clinicKeys.ts';
import { openDataFolder } from './dataFolder.ts';

const isRoot = process.getuid?.() === 0;

let root = '';
beforeEach(() => {
  root = join(mkdtempSync(join(tmpdir(), 'sotto-data-')), 'data');
});
afterEach(() => {
  rmSync(join(root, '..'), { recursive: true, force: true });
});

const complaint = (path: string) => {
  try {
    openDataFolder(path);
  } catch (fault) {
    return faultSentence(fault, path);
  }
  return undefined;
};

describe('the data folder', () => {
  it('is made, closed to others, and found again', () => {
    const first = openDataFolder(root);
    const modes = [first.certificates, first.keys, first.database, first.logs].map(
      (path) => statSync(path).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o700, 0o700, 0o700]);
    // As root, the database's own user must get through, but sees nothing.
    expect(statSync(root).mode & 0o777).toBe(isRoot ? 0o711 : 0o700);
    first.release();
    const second = openDataFolder(root);
    expect(second.keys).toBe(first.keys);
    second.release();
  });

  it('is used by one start at a time', () => {
    const first = openDataFolder(root);
    expect(complaint(root)).toBe(
      `Sotto already runs on ${root} (process ${process.pid}): use that one, stop it, or choose another folder with --data DIR.`,
    );
    first.release();
    expect(complaint(root)).toBeUndefined();
  });

  it('of another version is refused and left as it is', () => {
    openDataFolder(root).release();
    writeFileSync(join(root, 'format'), '2\n');
    const before = readdirSync(root);
    expect(complaint(root)).toMatch(
      /was made by another version of Sotto \(format 2, this one has 1\): start that version/,
    );
    expect(readdirSync(root)).toEqual(before);
  });

  it('that holds something else is refused and left as it is', () => {
    mkdirSync(root);
    writeFileSync(join(root, 'thesis.txt'), '');
    expect(complaint(root)).toMatch(/holds other files than Sotto's: choose an empty or a new folder/);
    expect(readdirSync(root)).toEqual(['thesis.txt']);
  });

  it('that is no folder is refused in one line', () => {
    writeFileSync(root, '');
    expect(complaint(join(root, 'data'))).toMatch(/is not a folder: choose another data folder with --data DIR\.$/);
  });

  it('that may not be written to is refused in one line', () => {
    mkdirSync(root);
    chmodSync(root, 0o500);
    // Root may write anywhere, so it stops being root for a moment.
    if (isRoot) process.seteuid?.(65_534);
    try {
      expect(complaint(join(root, 'data'))).toMatch(/^No permission to use .*: check who owns it, or choose another/);
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  it('on a full disk is refused in one line', () => {
    const fault = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    expect(faultSentence(fault, root)).toBe(
      `The disk is full at ${root}: free some space (Sotto needs about 1 GB), then start again.`,
    );
  });
});

describe("the clinic's keys", () => {
  it('are made once, and readable by their owner alone', async () => {
    const first = await keepClinicKeys(root, true);
    const files = [first.identityKeyFile, first.identityKeysFile, first.fieldKeyFile, first.indexKeyFile];
    const before = files.map((path) => readFileSync(path, 'utf8'));
    expect(await keepClinicKeys(root, true)).toEqual(first);
    expect(files.map((path) => readFileSync(path, 'utf8'))).toEqual(before);
    expect(files.map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600, 0o600, 0o600]);
    expect(first.clinicId).toMatch(/^[\w-]{22}$/);
    for (const key of before.slice(2)) expect(Buffer.from(key, 'base64url')).toHaveLength(32);
  });

  it('say in public only what is public', async () => {
    const { identityKeyFile, identityKeysFile } = await keepClinicKeys(root, true);
    const secret = JSON.parse(readFileSync(identityKeyFile, 'utf8')) as Record<string, string>;
    const { d, ...open } = secret;
    expect(JSON.parse(readFileSync(identityKeysFile, 'utf8'))).toEqual([open]);
    expect(d).toMatch(/^[\w-]{43}$/);
  });

  it('are closed again if somebody opened them', async () => {
    const { fieldKeyFile } = await keepClinicKeys(root, true);
    chmodSync(fieldKeyFile, 0o644);
    await keepClinicKeys(root, true);
    expect(statSync(fieldKeyFile).mode & 0o777).toBe(0o600);
  });

  it('that are gone stop the start while there is a database that they belong to', async () => {
    const { fieldKeyFile } = await keepClinicKeys(root, true);
    expect((await keepClinicKeys(root, false)).fieldKeyFile).toBe(fieldKeyFile);
    rmSync(fieldKeyFile);
    await expect(keepClinicKeys(root, false)).rejects.toThrow(
      /field\.key is gone but the database is there: restore it/,
    );
    expect(existsSync(fieldKeyFile)).toBe(false);
  });

  it('that are damaged stop the start instead of being replaced', async () => {
    const { identityKeyFile } = await keepClinicKeys(root, true);
    writeFileSync(identityKeyFile, '{}');
    await expect(keepClinicKeys(root, true)).rejects.toThrow(/holds no identity key any more: restore it/);
    expect(readFileSync(identityKeyFile, 'utf8')).toBe('{}');
  });
});
