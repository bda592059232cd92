import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeSealedObject, type SealedObject } from './sealedObject.ts';
import { startSotto } from './sotto.ts';

const stopped = { code: 2, said: 'Stopped before the end; nothing was kept.\n' };

describe('a vault command that is told to stop', () => {
  let folder: string;
  let sealed: SealedObject;
  let temporary: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sotto-cli-test-'));
    // So much that opening it takes far longer than to see that it has begun.
    sealed = await makeSealedObject(folder, 1_400_000);
  });

  beforeEach(() => {
    temporary = join(folder, 'temporary');
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const seen = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await setTimeout(2);
  };

  const open = (...more: string[]) =>
    startSotto(['vault', 'open', '--signer', sealed.signer, '--key', sealed.key, ...more], temporary);

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`leaves no content in a file: ${signal}`, async () => {
      const out = join(folder, `opened-${signal}`);
      const { child, outcome } = open(sealed.stream, '--out', out);
      await seen(() => existsSync(`${out}.unfinished`));
      child.kill(signal);
      expect(await outcome).toMatchObject(stopped);
      expect(existsSync(out) || existsSync(`${out}.unfinished`)).toBe(false);
    });
  }

  it('counts a press once that comes from the terminal and from a parent', async () => {
    const out = join(folder, 'opened-twice');
    const { child, outcome } = open(sealed.stream, '--out', out);
    await seen(() => existsSync(`${out}.unfinished`));
    child.kill('SIGINT');
    // Both come within a moment; on a busy machine the first may have ended it before the second is sent.
    child.kill('SIGINT');
    expect(await outcome).toMatchObject(stopped);
    expect(existsSync(out) || existsSync(`${out}.unfinished`)).toBe(false);
  });

  it('stops writing to a pipe that nobody reads', async () => {
    const { child, outcome } = open(sealed.stream);
    child.stdout?.pause();
    await setTimeout(1500);
    child.kill('SIGINT');
    await setTimeout(200);
    child.stdout?.resume();
    const { code, out } = await outcome;
    expect(code).toBe(2);
    expect(out.length).toBeLessThan(sealed.plaintext.length);
  });

  it('leaves nothing of what came by a pipe', async () => {
    const { child, outcome } = open('-');
    child.stdin?.write(sealed.bytes.subarray(0, 100_000));
    await seen(() => readdirSync(temporary).length > 0);
    child.kill('SIGINT');
    expect(await outcome).toMatchObject(stopped);
    expect(readdirSync(temporary)).toEqual([]);
  });
});
