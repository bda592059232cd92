import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLogFile } from './logFile.ts';

let folder = '';
let path = '';
let reports: string[] = [];
const open = () => openLogFile(path, (line) => reports.push(line));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-log-'));
  path = join(folder, 'api.log');
  reports = [];
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const megabyte = `${'x'.repeat(1024 * 1024 - 1)}\n`;

describe('a log file', () => {
  it('goes on where it ended, for its owner alone', () => {
    open().write('one\n');
    open().write('two\n');
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is put aside when it is full, over the one before', () => {
    const log = open();
    for (let round = 0; round < 20; round += 1) log.write(megabyte);
    log.write('last\n');
    expect(readFileSync(path, 'utf8').endsWith('last\n')).toBe(true);
    for (const each of [path, `${path}.1`]) expect(statSync(each).size).toBeLessThan(10 * 1024 * 1024);
  });

  // A device of Linux on which every write finds no space left.
  it.skipIf(!existsSync('/dev/full'))('loses lines while the disk is full, and says so once', () => {
    symlinkSync('/dev/full', path);
    const log = open();
    for (const line of ['a\n', 'b\n', 'c\n']) log.write(line);
    expect(reports).toEqual([`The disk is full: free some space. Until then ${path} misses lines.`]);
  });

  it('does not grow without end when it can not be put aside', () => {
    mkdirSync(`${path}.1`);
    const log = open();
    for (let round = 0; round < 20; round += 1) log.write(megabyte);
    expect(statSync(path).size).toBeLessThan(10 * 1024 * 1024);
    expect(reports).toHaveLength(1);
    rmdirSync(`${path}.1`);
    log.write('one\n');
    expect(readFileSync(path, 'utf8')).toBe('one\n');
  });
});
