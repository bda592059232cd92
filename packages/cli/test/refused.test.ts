import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { spool } from '../src/vault/spool.ts';
import { makeSealedObject, type SealedObject } from './sealedObject.ts';
import { inShell, sotto } from './sotto.ts';

/** What the operating system refuses, and what isn't a file: the code for it is 2, never the one for a bad object. */
describe('a vault command', () => {
  let folder: string;
  let sealed: SealedObject;
  let temporary: string;
  let keys: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sotto-cli-test-'));
    sealed = await makeSealedObject(folder);
    keys = `--signer ${sealed.signer} --key ${sealed.key}`;
  });

  beforeEach(() => {
    temporary = join(folder, 'temporary');
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const tooLarge = "This can't be done: a file may not grow that large (EFBIG).\n";

  it('says so when there is no room for the content', async () => {
    const out = join(folder, 'opened');
    const named = await inShell(`ulimit -f 8; sotto vault open ${sealed.stream} ${keys} --out ${out}`, temporary);
    expect(named).toMatchObject({ code: 2, said: tooLarge });
    expect(readdirSync(folder).filter((name) => name.startsWith('opened'))).toEqual([]);
    const redirected = await inShell(`ulimit -f 8; sotto vault open ${sealed.stream} ${keys} > ${out}`, temporary);
    expect(redirected).toMatchObject({ code: 2, said: tooLarge });
    expect(sealed.plaintext.subarray(0, 8192).equals(readFileSync(out))).toBe(true);
  });

  it('says so when there is no room to put a pipe aside, and leaves nothing', async () => {
    const outcome = await inShell(
      `cat ${sealed.stream} | (ulimit -f 8; sotto vault open - ${keys} | wc -c; exit \${PIPESTATUS[0]})`,
      temporary,
    );
    expect(outcome).toMatchObject({ code: 2, said: tooLarge });
    expect(outcome.out.toString().trim()).toBe('0');
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('isn’t done when its reader stops, and leaves nothing of a pipe', async () => {
    const big = await makeSealedObject(mkdirSync(join(folder, 'big'), { recursive: true }) ?? '', 100_000);
    const outcome = await inShell(
      `cat ${big.stream} | sotto vault open - --signer ${big.signer} --key ${big.key} | head -c 1; exit \${PIPESTATUS[1]}`,
      temporary,
    );
    expect(outcome).toMatchObject({
      code: 2,
      said: "This can't be done: whoever reads the result stopped before its end (EPIPE).\n",
    });
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('says so when a folder is where a file should be, or the other way round', async () => {
    const out = join(sealed.stream, 'opened');
    for (const args of [
      ['verify', sealed.stream, '--signer', folder],
      ['verify', join(sealed.stream, 'below'), '--signer', sealed.signer],
      ['open', sealed.stream, '--signer', sealed.signer, '--key', sealed.key, '--out', out],
    ]) {
      const { code, said } = await sotto(['vault', ...args]);
      expect({ args, code }).toEqual({ args, code: 2 });
      expect(said).toMatch(/^[^\n]+\.\n$/);
    }
  });

  it('reads a pipe that has a name', async () => {
    const verify = `sotto vault verify <(cat ${sealed.stream}) --signer ${sealed.signer}`;
    expect(await inShell(verify, temporary)).toMatchObject({ code: 0 });
    const opened = await inShell(`cat ${sealed.stream} | sotto vault open /dev/stdin ${keys}`, temporary);
    expect(opened.code).toBe(0);
    expect(opened.out.equals(sealed.plaintext)).toBe(true);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('looks at what a pipe brings before it puts it aside', async () => {
    const neither = { code: 1, said: 'This is neither a sealed object nor a run of one.\n' };
    expect(await inShell('sotto vault inspect - < <(yes)', temporary)).toMatchObject(neither);
    expect(await sotto(['vault', 'inspect', '-'])).toMatchObject(neither);
    expect(await sotto(['vault', 'inspect', '-'], sealed.bytes.subarray(0, 7))).toMatchObject(neither);
  });

  it('puts no more of a pipe aside than it may', async () => {
    const { signal } = new AbortController();
    const chunks = () =>
      Readable.from([sealed.bytes.subarray(0, 3), sealed.bytes.subarray(3, 9), sealed.bytes.subarray(9)]);
    const path = join(temporary, 'spooled');
    await spool(chunks(), path, signal, sealed.bytes.length);
    expect(readFileSync(path).equals(sealed.bytes)).toBe(true);
    const over = spool(chunks(), join(temporary, 'over'), signal, sealed.bytes.length - 1);
    await expect(over).rejects.toMatchObject({ exitCode: 2 });
  });

  it('reads only plain files of a folder', async () => {
    const linked = join(folder, 'linked');
    cpSync(sealed.folder, linked, { recursive: true });
    rmSync(join(linked, 'head'));
    symlinkSync(join(sealed.folder, 'head'), join(linked, 'head'));
    const nested = join(folder, 'nested');
    cpSync(sealed.folder, nested, { recursive: true });
    rmSync(join(nested, 'manifest'));
    mkdirSync(join(nested, 'manifest'));
    for (const path of [linked, nested]) {
      expect(await sotto(['vault', 'verify', path, '--signer', sealed.signer])).toMatchObject({
        code: 1,
        said: 'The folder holds something that isn’t a plain file.\n',
      });
    }
    writeFileSync(join(folder, 'empty'), '');
    expect((await sotto(['vault', 'inspect', join(folder, 'empty')])).code).toBe(1);
  });
});
