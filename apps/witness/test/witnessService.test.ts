import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  encodeSignedCheckpoint,
  formatVerifierKey,
  portableTreeHasher as hasher,
  noteKeyTypes,
  signCheckpoint,
} from '@sotto/audit';
import { openKeyFile } from '@sotto/audit/witness';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const origin = 'example.org/log';
let folder: string;
let environment: Record<string, string>;
const children = new Set<ChildProcess>();

const freePort = () =>
  new Promise<number>((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-witness-'));
  const signer = await openKeyFile(join(folder, 'log.pem'), origin, noteKeyTypes.ed25519);
  writeFileSync(join(folder, 'log.key'), formatVerifierKey(signer.key));
  environment = {
    PATH: process.env['PATH'] ?? '',
    WITNESS_HOST: '127.0.0.1',
    WITNESS_PORT: String(await freePort()),
    WITNESS_NAME: 'example.org/witness',
    WITNESS_KEY_FILE: join(folder, 'witness.pem'),
    WITNESS_STATE_FOLDER: join(folder, 'state'),
    WITNESS_LOG_KEY_FILE: join(folder, 'log.key'),
  };
});

afterEach(async () => {
  await Promise.all([...children].map((child) => end(child, 'SIGKILL')));
  children.clear();
  rmSync(folder, { recursive: true });
});

/** Starts the program. @returns it, and what it told its supervisor */
async function start(change: Record<string, string> = {}) {
  const program = fileURLToPath(new URL('../src/main.ts', import.meta.url));
  const child = fork(program, { env: { ...environment, ...change }, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  children.add(child);
  const [said] = (await once(child, 'message')) as [unknown];
  return { child, said };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal);
    await once(child, 'exit');
  }
  return child.exitCode;
}

/** Asks it to cosign a log of so many leaves, all of them alike; @returns status and answer */
async function ask(size: 1 | 2, content = 0, proof = '', old = 0): Promise<[number, string]> {
  const signer = await openKeyFile(join(folder, 'log.pem'), origin, noteKeyTypes.ed25519);
  const leaf = hasher.leaf(new Uint8Array(32).fill(content));
  const root = size === 1 ? leaf : hasher.node(leaf, leaf);
  const note = encodeSignedCheckpoint(await signCheckpoint({ origin, size, root }, signer));
  const body = new Uint8Array(Buffer.concat([Buffer.from(`old ${old}\n${proof}\n`), note]));
  const response = await fetch(`http://127.0.0.1:${environment['WITNESS_PORT']}/add-checkpoint`, {
    method: 'POST',
    body,
  });
  return [response.status, await response.text()];
}

const stateGone = { failed: expect.stringContaining('the state of this witness is gone') as string };

describe('the witness', () => {
  it('remembers over a restart, also after it was killed', async () => {
    const first = await start();
    expect(first.said).toEqual({ ready: true });
    expect(await ask(1)).toEqual([200, expect.stringContaining('— example.org/witness ')]);
    await end(first.child, 'SIGKILL');
    const second = await start();
    expect(second.said).toEqual({ ready: true });
    expect(await ask(1, 1)).toEqual([409, '1\n']);
    expect((await ask(1, 0, '', 1))[0]).toBe(200);
    expect(await end(second.child, 'SIGTERM')).toBe(0);
  });

  it('runs once on its state', async () => {
    await start();
    const second = await start({ WITNESS_PORT: String(await freePort()) });
    expect(second.said).toEqual({ failed: expect.stringContaining('another witness is running') as string });
  });

  it('doesn’t start when its state is gone, unless a person says that it is new', async () => {
    const first = await start();
    await ask(1);
    await end(first.child, 'SIGTERM');
    rmSync(join(folder, 'state'), { recursive: true });
    expect((await start()).said).toEqual(stateGone);
    expect((await start()).said).toEqual(stateGone);
    expect((await start({ WITNESS_NEW: '1' })).said).toEqual({ ready: true });
  });

  it.each([
    ['WITNESS_NEW', 'yes', 'WITNESS_NEW'],
    ['WITNESS_LOG_KEY_FILE', '/dev/null', 'ordinary file'],
    ['WITNESS_STATE_FOLDER', '', 'WITNESS_STATE_FOLDER'],
  ])('doesn’t start with %s=%s', async (name, value, sentence) => {
    expect((await start({ [name]: value })).said).toEqual({ failed: expect.stringContaining(sentence) as string });
  });
});
