import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { host, origins, parseJson, path, port, readEnvironment, readPublic, readSecret } from '../src/environment.ts';
import { StartError, startSentence } from '../src/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'sotto-environment-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('readEnvironment', () => {
  const shape = { X_HOST: host, X_PORT: port, X_ORIGINS: origins, X_FILE: path };
  const good = {
    X_HOST: '127.0.0.1',
    X_PORT: '8443',
    X_ORIGINS: 'https://localhost:8443, https://a.example',
    X_FILE: '/a/b',
  };

  it('parses the named variables and leaves out the rest', () => {
    expect(readEnvironment(shape, { ...good, OTHER: 'x' })).toEqual({
      X_HOST: '127.0.0.1',
      X_PORT: 8443,
      X_ORIGINS: ['https://localhost:8443', 'https://a.example'],
      X_FILE: '/a/b',
    });
  });

  it('names what is missing and what is wrong, without values', () => {
    const read = () => readEnvironment(shape, { ...good, X_HOST: '', X_PORT: 'hunter2' });
    expect(read).toThrow(
      new StartError('Set X_HOST in the environment; Correct the form of X_PORT in the environment.'),
    );
  });

  it.each([
    ['X_PORT', '0'],
    ['X_PORT', '65536'],
    ['X_PORT', '1e3'],
    ['X_HOST', 'a b'],
    ['X_ORIGINS', 'http://a.example'],
    ['X_ORIGINS', 'https://a.example/'],
    ['X_ORIGINS', 'https://a.example,'],
    ['X_ORIGINS', '*'],
  ])('refuses %s=%s', (name, value) => {
    expect(() => readEnvironment(shape, { ...good, [name]: value })).toThrow(StartError);
  });
});

describe('files', () => {
  const file = (name: string, mode: number) => {
    const where = join(folder, name);
    writeFileSync(where, 'content\n');
    chmodSync(where, mode);
    return where;
  };

  it('reads a secret that its owner alone can read', () => {
    expect(readSecret(file('own', 0o600), 'X')).toBe('content');
  });

  it.each([0o640, 0o604, 0o620, 0o601])('refuses a secret of mode %o', (mode) => {
    expect(() => readSecret(file(`open-${mode}`, mode), 'X')).toThrow(/X names must be readable by its owner alone/);
  });

  it('reads a public file of any mode, and says which variable names a missing one', () => {
    expect(readPublic(file('public', 0o644), 'X')).toBe('content');
    expect(() => readPublic(join(folder, 'missing'), 'X_FILE')).toThrow(/X_FILE/);
    expect(() => readPublic(folder, 'X_FILE')).toThrow(StartError);
  });

  it('parses JSON by a schema without repeating what it read', () => {
    expect(parseJson('{"a":1}', z.strictObject({ a: z.number() }), 'X')).toEqual({ a: 1 });
    for (const text of ['{"a":"secret"}', 'secret']) {
      expect(() => parseJson(text, z.strictObject({ a: z.number() }), 'X')).toThrow(
        new StartError("The file that X names doesn't hold what it should; make it anew."),
      );
    }
  });
});

describe('startSentence', () => {
  it('says what a person can do, and nothing of the fault', () => {
    expect(startSentence(new StartError('Do this.'))).toBe('Do this.');
    expect(startSentence(Object.assign(new Error('secret'), { code: 'EADDRINUSE', port: 8443 }))).toContain(
      'Port 8443',
    );
    expect(startSentence(new Error('secret'))).not.toContain('secret');
    expect(startSentence('secret')).not.toContain('secret');
  });
});
