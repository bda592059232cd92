import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createObjectKeyPair } from '@sotto/vault';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SoftKeystore } from '../../test/softKeystore.ts';
import { type StoredRecording, storeRecording } from '../../test/storedRecording.ts';
import { keptRelease } from './keptRelease.ts';
import type { KeepOrder } from './messages.ts';
import type { ViewerKeys } from './releasedObject.ts';

const sotto = join(import.meta.dirname, '../../../../packages/cli/bin/sotto.mjs');

describe('a release that is kept', () => {
  let folder: string;
  let keystore: SoftKeystore;
  let stored: StoredRecording;
  let viewer: ViewerKeys;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sotto-kept-release-'));
    keystore = await SoftKeystore.make();
    stored = await storeRecording(keystore, folder);
    viewer = await createObjectKeyPair();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const released = async (changes: { use?: 'open' | 'copy' } = {}): Promise<Omit<KeepOrder, 'type'>> => {
    const { registered } = stored;
    const asked = { user: registered.pseudonym, purpose: 'patientRequest', use: 'copy', ...changes } as const;
    return { ...(await keystore.release(registered, viewer, asked)), visit: registered.visit, pins: keystore.pins };
  };
  const kept = async (order: Omit<KeepOrder, 'type'>, keys = viewer) =>
    (await keptRelease({ type: 'keep', ...order }, keys)).text();

  /** What the command says of the storage with this file. @returns its exit code and what it said */
  const verify = async (file: string): Promise<[number, string]> => {
    const path = join(folder, 'release.json');
    await writeFile(path, file, { mode: 0o600 });
    const { root, registry } = stored;
    const args = ['vault', 'verify', root, '--registry', registry, '--keystore', keystore.pins.statementKey];
    const run = promisify(execFile)(process.execPath, [sotto, ...args, '--release', path]);
    return run.then(
      ({ stderr }) => [0, stderr],
      (error: unknown) => {
        const { code, stdout } = error as { code: number; stdout: string };
        return [code, stdout];
      },
    );
  };

  it('opens what is stored, by the command that checks it', async () => {
    const [code, said] = await verify(await kept(await released()));
    expect([code, said]).toEqual([0, expect.stringMatching(/^Every byte of 1 objects .+\. 1 of them open\.\n$/)]);
  });

  it('is made of what is stored spoilt too, and the command says so', async () => {
    const whole = await readFile(stored.part);
    const spoilt = Buffer.from(whole);
    spoilt[9_000] = (spoilt[9_000] ?? 0) ^ 1;
    await writeFile(stored.part, spoilt);
    try {
      const [code, said] = await verify(await kept(await released()));
      expect([code, said]).toEqual([1, expect.stringMatching(new RegExp(`^${stored.registered.object} was changed`))]);
    } finally {
      await writeFile(stored.part, whole);
    }
  });

  it('is made of no opening that wasn’t logged as a copy', async () => {
    await expect(kept(await released({ use: 'open' }))).rejects.toMatchObject({ code: 'request' });
    const order = await released({ use: 'open' });
    // Signed as an opening and called a copy: the log has no such entry.
    const renamed = { ...order, request: { ...order.request, use: 'copy' as const } };
    await expect(kept(renamed)).rejects.toMatchObject({ code: 'proof' });
  });

  it('is made with no other key, and of nothing that doesn’t open', async () => {
    const order = await released();
    await expect(kept(order, await createObjectKeyPair())).rejects.toMatchObject({ code: 'request' });
    const keys = order.answer.keys.map((key) => ({ ...key, sealed: `${key.sealed.slice(0, -2)}AA` }));
    await expect(kept({ ...order, answer: { ...order.answer, keys } })).rejects.toMatchObject({ code: 'request' });
    await expect(kept({ ...order, answer: { ...order.answer, keys: [] } })).rejects.toMatchObject({ code: 'request' });
  });
});
