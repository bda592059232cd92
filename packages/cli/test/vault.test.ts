import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSealedObject, type SealedObject } from './sealedObject.ts';
import { sotto } from './sotto.ts';

describe('sotto vault', () => {
  let folder: string;
  let sealed: SealedObject;
  let nextName = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sotto-cli-test-'));
    sealed = await makeSealedObject(folder);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const fresh = (name: string): string => {
    nextName += 1;
    return join(folder, `${name}-${nextName}`);
  };

  const flipped = (at: number): string => {
    const copy = Buffer.from(sealed.bytes);
    copy[at] = (copy[at] ?? 0) ^ 1;
    const path = fresh('flipped');
    writeFileSync(path, copy);
    return path;
  };

  const changedFolder = (change: (path: string) => void): string => {
    const path = fresh('folder');
    cpSync(sealed.folder, path, { recursive: true });
    change(path);
    return path;
  };

  const verify = (path: string, ...more: string[]) =>
    sotto(['vault', 'verify', path, '--signer', sealed.signer, ...more]);

  describe('inspect', () => {
    it('shows the structure of a file, a folder and a pipe alike, without a key', async () => {
      const outcomes = [
        await sotto(['vault', 'inspect', sealed.stream]),
        await sotto(['vault', 'inspect', sealed.folder]),
        await sotto(['vault', 'inspect', '-'], sealed.bytes),
      ];
      for (const { code, out, said } of outcomes) {
        expect(code).toBe(0);
        expect(out.toString()).toBe(outcomes[0]?.out.toString());
        expect(out.toString()).toMatch(/kind +recording/);
        expect(out.toString()).toContain(sealed.object);
        expect(out.toString()).toMatch(/run 1, version 1, suite 1/);
        expect(said).toBe('The manifest lists 2 runs, 1 of them cut, a head, 43,120 bytes; nothing was checked.\n');
      }
    });

    it('shows the header of a run by itself', async () => {
      const { code, out, said } = await sotto(['vault', 'inspect', sealed.run]);
      expect(code).toBe(0);
      expect(out.toString()).toMatch(/stored +9,472 bytes/);
      expect(said).toBe('This is one run without its manifest; nothing was checked.\n');
    });

    it('says what it doesn’t know', async () => {
      const { code, out, said } = await sotto(['vault', 'inspect', sealed.signer]);
      expect({ code, out: out.length, said }).toEqual({
        code: 1,
        out: 0,
        said: 'This is neither a sealed object nor a run of one.\n',
      });
    });
  });

  describe('verify', () => {
    it('checks every byte of a file, a folder and a pipe', async () => {
      const listing = '2 runs, 1 of them cut, a head, 43,120 bytes';
      const withoutKey = `Every byte is as it was signed: ${listing}. Whether it opens takes a key.\n`;
      expect(await verify(sealed.stream)).toMatchObject({ code: 0, said: withoutKey });
      expect(await verify(sealed.folder, '--object', sealed.object)).toMatchObject({ code: 0, said: withoutKey });
      const piped = await sotto(['vault', 'verify', '-', '--signer', sealed.signer], sealed.bytes);
      expect(piped).toMatchObject({ code: 0, said: withoutKey });
      expect(await verify(sealed.stream, '--key', sealed.key)).toMatchObject({
        code: 0,
        said: `Every byte is as it was signed, and opens: ${listing}.\n`,
      });
    });

    it('leaves nothing of a pipe behind', async () => {
      const before = readdirSync(tmpdir()).filter((name) => name.startsWith('sotto-sealed-'));
      await sotto(['vault', 'verify', '-', '--signer', sealed.signer], sealed.bytes);
      await sotto(['vault', 'verify', '-', '--signer', sealed.signer], sealed.bytes.subarray(0, -1));
      expect(readdirSync(tmpdir()).filter((name) => name.startsWith('sotto-sealed-'))).toEqual(before);
    });

    it('finds one changed bit wherever it is', async () => {
      const total = sealed.bytes.length;
      for (const share of [0.001, 0.01, 0.03, 0.05, 0.2, 0.5, 0.999]) {
        const { code, said } = await verify(flipped(Math.floor(share * total)));
        expect(code).toBe(1);
        expect(said).toMatch(/^This doesn't check: .+ \(\w+: .+\)\.\n$/);
      }
    });

    it('finds what is missing or too much', async () => {
      const shorter = fresh('shorter');
      writeFileSync(shorter, sealed.bytes.subarray(0, -1));
      expect(await verify(shorter)).toMatchObject({ code: 1, said: 'The stream ends before its manifest says.\n' });
      const longer = fresh('longer');
      writeFileSync(longer, Buffer.concat([sealed.bytes, Buffer.alloc(1)]));
      expect(await verify(longer)).toMatchObject({
        code: 1,
        said: 'The stream goes on after its manifest says it ends.\n',
      });
      const noPart = changedFolder((path) => rmSync(join(path, 'run-0001-part-000001')));
      expect(await verify(noPart)).toMatchObject({ code: 1, said: 'Run 1 has no part 1.\n' });
      const noRun = changedFolder((path) => rmSync(join(path, 'run-0000-part-000000')));
      expect(await verify(noRun)).toMatchObject({ code: 1, said: 'The folder has no run 0.\n' });
      const noHead = changedFolder((path) => rmSync(join(path, 'head')));
      expect((await verify(noHead)).said).toBe(
        "This doesn't check: it belongs to something else, or somebody else signed it (mismatch: object).\n",
      );
      const noManifest = changedFolder((path) => rmSync(join(path, 'manifest')));
      expect(await verify(noManifest)).toMatchObject({ code: 1, said: 'The folder has no manifest.\n' });
      const extra = changedFolder((path) => renameSync(join(path, 'head'), join(path, 'hat')));
      expect(await verify(extra)).toMatchObject({
        code: 1,
        said: 'The folder holds files that belong to no sealed object.\n',
      });
    });

    it('accepts one signer, one object, one manifest', async () => {
      const other = await sotto(['vault', 'verify', sealed.stream, '--signer', sealed.otherSigner]);
      expect(other).toMatchObject({ code: 1 });
      expect(other.said).toContain('(mismatch: signature)');
      expect(await verify(sealed.stream, '--object', 'x'.repeat(22))).toMatchObject({
        code: 1,
        said: 'This is another object than the one asked for.\n',
      });
      const { out } = await sotto(['vault', 'inspect', sealed.stream]);
      const hash = /its hash +(\S+)/.exec(out.toString())?.[1] ?? '';
      expect(await verify(sealed.stream, '--hash', hash)).toMatchObject({ code: 0 });
      const rolledBack = await verify(sealed.stream, '--hash', 'h'.repeat(43));
      expect(rolledBack.said).toContain('(mismatch: manifest)');
    });

    it('doesn’t verify a run that nobody signed for', async () => {
      expect(await verify(sealed.run)).toMatchObject({
        code: 1,
        said: 'A run without its manifest can’t be verified: nobody signed for it.\n',
      });
    });
  });

  describe('open', () => {
    const open = (path: string, ...more: string[]) =>
      sotto(['vault', 'open', path, '--signer', sealed.signer, '--key', sealed.key, ...more]);

    it('writes the content to standard output', async () => {
      const { code, out, said } = await open(sealed.stream);
      expect({ code, said }).toEqual({ code: 0, said: 'Opened 43,120 bytes.\n' });
      expect(out.equals(sealed.plaintext)).toBe(true);
      const head = await open(sealed.folder, '--head');
      expect(head.out.equals(sealed.headPlaintext)).toBe(true);
    });

    it('writes the content to a file that only its owner reads', async () => {
      const path = fresh('opened');
      expect(await open(sealed.folder, '--out', path)).toMatchObject({ code: 0 });
      expect(readFileSync(path).equals(sealed.plaintext)).toBe(true);
      expect(existsSync(`${path}.unfinished`)).toBe(false);
    });

    it('replaces nothing that is there already', async () => {
      const file = fresh('mine');
      writeFileSync(file, 'mine');
      const nowhere = fresh('nowhere');
      const link = fresh('link');
      symlinkSync(nowhere, link);
      const directory = fresh('directory');
      mkdirSync(directory);
      const pipe = fresh('pipe');
      spawnSync('mkfifo', [pipe]);
      for (const path of [file, link, directory, pipe]) {
        expect(await open(sealed.stream, '--out', path)).toMatchObject({
          code: 2,
          said: `${path} is there already.\n`,
        });
        expect(existsSync(`${path}.unfinished`)).toBe(false);
      }
      expect(readFileSync(file, 'utf8')).toBe('mine');
      expect(existsSync(nowhere)).toBe(false);
      const taken = fresh('taken');
      writeFileSync(`${taken}.unfinished`, 'mine');
      expect(await open(sealed.stream, '--out', taken)).toMatchObject({ code: 2 });
      expect(readFileSync(`${taken}.unfinished`, 'utf8')).toBe('mine');
    });

    it('opens with data keys as a release hands them out', async () => {
      const opened = await sotto(['vault', 'open', sealed.stream, '--signer', sealed.signer, '--key', sealed.released]);
      expect(opened.out.equals(sealed.plaintext)).toBe(true);
      const path = fresh('released');
      writeFileSync(path, JSON.stringify({ dataKeys: {} }));
      const refused = await sotto(['vault', 'open', sealed.stream, '--signer', sealed.signer, '--key', path]);
      expect(refused).toMatchObject({ code: 1, said: 'The key file has no key for one of the runs.\n' });
    });

    it('leaves no file when a later segment was changed, and gives out nothing that isn’t authentic', async () => {
      const path = fresh('opened');
      const changed = flipped(sealed.bytes.length - 9000);
      const { code, said } = await open(changed, '--out', path);
      expect(code).toBe(1);
      expect(said).toContain('(authenticity: body, run 1, segment 6)');
      expect(existsSync(path) || existsSync(`${path}.unfinished`)).toBe(false);
      const { out } = await open(changed);
      expect(sealed.plaintext.subarray(0, out.length).equals(out)).toBe(true);
      expect(out.length).toBeLessThan(sealed.plaintext.length);
    });

    it('doesn’t open with another key, or without one', async () => {
      const wrong = await sotto(['vault', 'open', sealed.stream, '--signer', sealed.signer, '--key', sealed.otherKey]);
      expect(wrong).toMatchObject({ code: 1 });
      expect(wrong.said).toContain('(authenticity: wrap, run 0)');
      expect(wrong.out).toHaveLength(0);
      const without = await sotto(['vault', 'open', sealed.stream, '--signer', sealed.signer]);
      expect(without).toMatchObject({ code: 2, said: 'Opening takes a key: --key FILE.\n' });
    });

    it('salvages a run on its own word, and says so', async () => {
      const refused = await sotto(['vault', 'open', sealed.run, '--key', sealed.key]);
      expect(refused).toMatchObject({ code: 1 });
      const whole = await sotto(['vault', 'open', sealed.run, '--key', sealed.key, '--salvage']);
      expect(whole).toMatchObject({ code: 1 });
      const cut = await sotto(['vault', 'open', '-', '--key', sealed.key, '--salvage', '--cut'], sealed.firstRun);
      expect(cut).toMatchObject({
        code: 0,
        said: 'Opened 8,120 bytes. Nobody signed for them: runs may be missing, and the end of this one.\n',
      });
      expect(cut.out.equals(sealed.plaintext.subarray(0, 8120))).toBe(true);
      const head = await sotto(['vault', 'open', join(sealed.folder, 'head'), '--key', sealed.key, '--salvage']);
      expect(head).toMatchObject({ code: 0, said: 'Opened 51 bytes. Nobody signed for them: runs may be missing.\n' });
      expect(head.out.equals(sealed.headPlaintext)).toBe(true);
    });

    it('doesn’t salvage as if somebody had said what it is', async () => {
      const wrong = [['--object', sealed.object], ['--hash', 'h'.repeat(43)], ['--head'], ['--signer', sealed.signer]];
      for (const more of wrong) {
        const salvage = ['vault', 'open', sealed.run, '--key', sealed.key, '--salvage', '--cut', ...more];
        expect(await sotto(salvage)).toMatchObject({
          code: 2,
          said: '--salvage goes without --signer, --object, --hash and --head: nothing says that they fit.\n',
        });
      }
      const run = changedFolder((path) => {
        for (const name of readdirSync(path))
          if (name.includes('0001') || name === 'manifest') rmSync(join(path, name));
      });
      const salvage = ['vault', 'open', run, '--key', sealed.key, '--salvage', '--cut'];
      expect(await sotto(salvage)).toMatchObject({
        code: 1,
        said: 'The folder has no manifest: name the run or the head that you mean.\n',
      });
      rmSync(join(run, 'head'));
      expect(await sotto(salvage)).toMatchObject({ code: 0 });
    });
  });

  it('says in one sentence what is wrong with a command line', async () => {
    const wrong: readonly (readonly string[])[] = [
      ['vault', 'verify', sealed.stream],
      ['vault', 'verify'],
      ['vault', 'verify', 'one', 'two'],
      ['vault', 'inspect', sealed.stream, '--key', sealed.key],
      ['vault', 'verify', sealed.stream, '--signer', sealed.key],
      ['vault', 'verify', sealed.stream, '--signer', sealed.signer, '--hash', 'short'],
      ['vault', 'open', sealed.run, '--key', sealed.key, '--cut'],
      ['vault', 'open', sealed.run, '--key', sealed.signer, '--salvage'],
      ['vault', 'shut', sealed.stream],
      ['toString', 'call'],
      ['--frobnicate'],
    ];
    for (const args of wrong) {
      const { code, out, said } = await sotto(args);
      expect({ args, code, out: out.length, said: said.length > 0 }).toEqual({ args, code: 2, out: 0, said: true });
    }
    expect(await sotto(['vault', 'inspect', join(folder, 'nowhere')])).toMatchObject({ code: 2 });
    expect(await verify(sealed.stream, '--key', join(folder, 'nowhere'))).toMatchObject({ code: 2 });
  });

  it('runs by npx, whatever Node the machine has', () => {
    const repository = join(import.meta.dirname, '..', '..', '..');
    const { status, stdout } = spawnSync('npx', ['sotto', 'vault', 'inspect', sealed.run], {
      cwd: repository,
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    expect(stdout).toMatch(/part +body/);
  });
});
