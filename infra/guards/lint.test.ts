import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { runTool } from './runTool.ts';
import { type TemporaryTree, temporaryTree } from './temporaryTree.ts';

interface Breach {
  readonly what: string;
  readonly rule: string;
  readonly path: string;
  readonly code: string;
}

const breaches: readonly Breach[] = [
  {
    what: 'a promise that nobody waits for',
    rule: '@typescript-eslint/no-floating-promises',
    path: 'packages/service/src/injectedPromise.ts',
    code: `export function start(): void {\n  Promise.resolve(1);\n}\n`,
  },
  {
    what: 'a forgotten case',
    rule: '@typescript-eslint/switch-exhaustiveness-check',
    path: 'packages/protocol/src/injectedSwitch.ts',
    code: `export function name(role: 'physician' | 'patient'): string {\n  switch (role) {\n    case 'patient':\n      return 'p';\n  }\n  return '';\n}\n`,
  },
  {
    what: 'any',
    rule: '@typescript-eslint/no-explicit-any',
    path: 'packages/protocol/src/injectedAny.ts',
    code: 'export const value = (input: any): unknown => input;\n',
  },
  {
    what: 'an enum',
    rule: 'no-restricted-syntax',
    path: 'packages/protocol/src/injectedEnum.ts',
    code: `export enum Role {\n  Patient = 'patient',\n}\n`,
  },
  {
    what: 'a barrel',
    rule: 'no-restricted-syntax',
    path: 'packages/protocol/src/injectedBarrel.ts',
    code: `export * from './ids.ts';\n`,
  },
  {
    what: 'a file of 401 lines',
    rule: 'max-lines',
    path: 'packages/protocol/src/injectedLong.test.ts',
    code: '// One more.\n'.repeat(401),
  },
  {
    what: 'console in a service',
    rule: 'no-console',
    path: 'packages/service/src/injectedConsole.ts',
    code: `console.warn('patient');\n`,
  },
  {
    what: 'console beside keys',
    rule: 'no-restricted-globals',
    path: 'packages/e2ee/src/injectedConsole.ts',
    code: `console.warn('key');\n`,
  },
  {
    what: 'console beside keys by another name',
    rule: 'no-restricted-properties',
    path: 'packages/e2ee/src/injectedGlobal.ts',
    code: `globalThis.console.warn('key');\n`,
  },
  {
    what: 'a logger beside keys',
    rule: 'no-restricted-imports',
    path: 'packages/e2ee/src/injectedLogger.ts',
    code: `import { pino } from 'pino';\nexport const log = pino();\n`,
  },
  {
    what: 'a console in the recorder',
    rule: 'no-restricted-globals',
    path: 'apps/web/src/recording/injectedConsole.ts',
    code: `console.warn('frame');\n`,
  },
  {
    what: 'the network beside keys',
    rule: 'no-restricted-globals',
    path: 'packages/e2ee/src/injectedFetch.ts',
    code: `export const send = (): Promise<Response> => fetch('/');\n`,
  },
  {
    what: 'storage beside keys',
    rule: 'no-restricted-globals',
    path: 'packages/e2ee/src/injectedStorage.ts',
    code: `export const keep = (): void => localStorage.setItem('key', 'value');\n`,
  },
  {
    what: 'guessable randomness',
    rule: 'no-restricted-properties',
    path: 'packages/service/src/injectedRandom.ts',
    code: 'export const id = (): number => Math.random();\n',
  },
  {
    what: 'a rule switched off without a reason',
    rule: 'sotto/described-disable',
    path: 'packages/service/src/injectedDisable.ts',
    code: `// eslint-disable-next-line no-console\nconsole.warn('x');\n`,
  },
  {
    what: 'a rule switched off for nothing',
    rule: 'unused-directive',
    path: 'packages/service/src/injectedUnused.ts',
    code: `// eslint-disable-next-line no-console -- needed once\nexport const one = 1;\n`,
  },
  {
    what: 'a hook in a condition',
    rule: 'react-hooks/rules-of-hooks',
    path: 'apps/web/src/injectedHook.tsx',
    code: `import { useState } from 'react';\nexport function Name({ on }: { on: boolean }): string {\n  if (on) return useState('a')[0];\n  return '';\n}\n`,
  },
];

const linted = z.array(
  z.object({
    filePath: z.string(),
    messages: z.array(z.object({ ruleId: z.string().nullable(), severity: z.int(), message: z.string() })),
  }),
);

describe('lint', () => {
  let tree: TemporaryTree;
  let reports: z.infer<typeof linted>;

  beforeAll(() => {
    tree = temporaryTree(Object.fromEntries(breaches.map(({ path, code }) => [path, code])));
    const { stdout } = runTool(tree.root, 'eslint', ['--format', 'json', ...breaches.map(({ path }) => path)]);
    reports = linted.parse(JSON.parse(stdout));
  }, 180_000);

  afterAll(() => tree[Symbol.dispose]());

  it.each(breaches)('catches $what', ({ rule, path }) => {
    const report = reports.find(({ filePath }) => filePath.endsWith(`/${path}`));
    const rules = report?.messages
      .filter(({ severity }) => severity === 2)
      .map(
        ({ ruleId, message }) => ruleId ?? (message.includes('Unused eslint-disable') ? 'unused-directive' : message),
      );
    expect(rules).toContain(rule);
  });
});
