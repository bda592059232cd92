import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Cancelled } from '../errors.ts';
import { ensureClient } from './clientBuild.ts';

let root = '';
const write = (path: string, content: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
};
/** Stands where the build tool would. It notes each run. */
const tool = (script: string) => {
  write('node_modules/.bin/turbo', `#!/bin/sh\necho run >> runs\n${script}\n`);
  chmodSync(join(root, 'node_modules/.bin/turbo'), 0o755);
};
const good = 'mkdir -p apps/web/out && echo "{}" > apps/web/out/csp.json';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sotto-client-'));
  write('package-lock.json', '{}');
  write(
    'apps/web/package.json',
    JSON.stringify({ name: '@sotto/web', dependencies: { '@sotto/protocol': '1', react: '1' } }),
  );
  write('apps/web/src/page.tsx', 'page');
  write('packages/protocol/package.json', JSON.stringify({ name: '@sotto/protocol' }));
  write('packages/protocol/src/ids.ts', 'ids');
  write('packages/service/package.json', JSON.stringify({ name: '@sotto/service' }));
  write('packages/service/src/log.ts', 'log');
  write('runs', '');
  tool(good);
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const never = new AbortController().signal;
const build = async () => {
  const said: string[] = [];
  await ensureClient(root, (detail) => said.push(detail), never);
  return said.at(-1);
};
const runs = () => readFileSync(join(root, 'runs'), 'utf8').match(/run/g)?.length ?? 0;

describe('the client', { timeout: 30_000 }, () => {
  it('is built once for the same sources', async () => {
    expect(await build()).toBe('built');
    expect(await build()).toBe('unchanged');
    expect(runs()).toBe(1);
  });

  it.each([
    ['its own source', 'apps/web/src/page.tsx'],
    ['a new file', 'apps/web/messages/es.json'],
    ['a package in it', 'packages/protocol/src/ids.ts'],
    ['the lockfile', 'package-lock.json'],
  ])('is built again when %s changes', async (_, path) => {
    await build();
    write(path, 'changed');
    expect(await build()).toBe('built');
    expect(runs()).toBe(2);
  });

  it.each([
    ['a package that is not in it', 'packages/service/src/log.ts'],
    ['what the build itself writes', 'apps/web/.next/cache/x'],
    ['a test', 'apps/web/src/page.test.tsx'],
  ])('is not built again for %s', async (_, path) => {
    await build();
    write(path, 'changed');
    expect(await build()).toBe('unchanged');
  });

  it('is built again when what was built is gone', async () => {
    await build();
    rmSync(join(root, 'apps/web/out'), { recursive: true });
    expect(await build()).toBe('built');
  });

  it('is built once by two starts at the same time', async () => {
    tool(`sleep 0.3; ${good}`);
    await Promise.all([build(), build()]);
    expect(runs()).toBe(1);
  });

  it.each([
    ['echo "x:build: ENOSPC: no space left on device"; exit 1', /could not be built: the disk is full/],
    ['echo "FATAL ERROR: JavaScript heap out of memory"; exit 134', /not enough memory, close some programs/],
    [
      'echo "@sotto/web:build: Error: Cannot find x"; exit 1',
      /^The client could not be built: Error: Cannot find x\.$/,
    ],
    ['mkdir -p apps/web/out', /without its content policy/],
  ])('that can not be built is told in one line: %s', async (script, sentence) => {
    tool(script);
    await expect(build()).rejects.toThrow(sentence);
    tool(good);
    expect(await build()).toBe('built');
  });

  it('stops building when asked', async () => {
    tool('sleep 30');
    const asked = new AbortController();
    setTimeout(() => asked.abort(), 300);
    await expect(ensureClient(root, () => undefined, asked.signal)).rejects.toThrow(Cancelled);
  });
});
