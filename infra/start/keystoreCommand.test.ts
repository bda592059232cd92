import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataFolder } from './dataFolder.ts';
import { noteSettings, readSettings } from './serviceSettings.ts';

let folder = '';
let data = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-command-'));
  data = join(folder, 'data');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(...args: string[]) {
  const file = join(import.meta.dirname, 'keystoreCommand.ts');
  const env = { PATH: process.env['PATH'], INIT_CWD: folder, API_PORT: 'planted' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], { env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** A data folder that is in use by this process, as by a start that runs. */
function inUse() {
  const opened = openDataFolder(data);
  const masterKey = join(folder, 'master.key');
  noteSettings(opened.keystore.settings, 'keystore', {
    KEYSTORE_MASTER: 'software',
    KEYSTORE_MASTER_KEY_FILE: masterKey,
    API_PORT: 'planted',
  });
  return { opened, masterKey };
}

describe('a command of the keystore', () => {
  it('runs with what the keystore was started with, and with nothing else', () => {
    const { opened, masterKey } = inUse();
    expect(readSettings(opened.keystore.settings, 'keystore')).not.toHaveProperty('API_PORT');
    expect(statSync(opened.keystore.settings).mode & 0o777).toBe(0o600);
    for (const [option, word] of [
      ['--data', 'data'],
      [`--data=${data}`, ''],
    ]) {
      rmSync(masterKey, { force: true });
      const args = [option, word, 'create-master-key'].filter((text) => text !== undefined && text !== '');
      const { status, stdout } = run(...(args as string[]));
      expect([status, stdout]).toEqual([0, expect.stringContaining('version 1')]);
      expect(existsSync(masterKey)).toBe(true);
    }
    opened.release();
  });

  it('ends as the keystore’s own does, in its words', () => {
    const { opened } = inUse();
    const refused = run('--data', data, 'status');
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringMatching(/^Set KEYSTORE_.*\n$/)]);
    expect(run('--data', data, 'planted')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('officers') as string,
    });
    opened.release();
  });

  it.each<[string, () => void, RegExp]>([
    ['there is no data folder', () => undefined, /is no data folder of Sotto: start it with npm start/],
    ['nothing runs on it', () => inUse().opened.release(), /Sotto does not run on .*: start it with npm start/],
    [
      'the start has not come to the keystore yet',
      () => void openDataFolder(data),
      /does not say how the keystore was started/,
    ],
    [
      'what was noted is damaged',
      () => {
        const { opened } = inUse();
        writeFileSync(opened.keystore.settings, '{"PATH":"/planted"}');
      },
      /does not say how the keystore was started/,
    ],
  ])('says what to do when %s', (_, prepare, sentence) => {
    prepare();
    const { status, stdout, stderr } = run('--data', data, 'status');
    expect([status, stdout, stderr.trim().split('\n')]).toEqual([1, '', [expect.stringMatching(sentence)]]);
  });

  it('is explained where none is given', () => {
    const none = run();
    expect([none.status, none.stdout]).toEqual([2, expect.stringContaining('npm run keystore --')]);
    expect(none.stderr).toContain('rotate-master');
    expect(run('--help').status).toBe(0);
    for (const args of [['--data'], ['--planted', 'status'], ['--data', '--help']]) {
      expect(run(...args)).toMatchObject({ status: 2, stderr: expect.stringContaining('--help') as string });
    }
  });
});
