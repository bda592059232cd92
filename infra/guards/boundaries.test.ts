import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { repositoryRoot } from './repositoryRoot.ts';
import { runTool } from './runTool.ts';
import { type TemporaryTree, temporaryTree } from './temporaryTree.ts';

interface Breach {
  readonly rule: string;
  /** The file that breaks the rule. */
  readonly from: string;
  /** Injected files, by path. */
  readonly files: Readonly<Record<string, string>>;
}

/** A file that reaches something forbidden over one step, so that a rule is seen to follow imports. */
function indirect(rule: string, folder: string, target: string): Breach {
  const name = `injected-${rule}`;
  return {
    rule,
    from: `${folder}/${name}.ts`,
    files: {
      [`${folder}/${name}.ts`]: `export { reached } from './${name}-step.ts';\n`,
      [`${folder}/${name}-step.ts`]: `import * as target from '${target}';\nexport const reached = target;\n`,
    },
  };
}

function direct(rule: string, from: string, target: string, more: Readonly<Record<string, string>> = {}): Breach {
  return {
    rule,
    from,
    files: { [from]: `import * as target from '${target}';\nexport const reached = target;\n`, ...more },
  };
}

const module = 'export const reached = 1;\n';
const vault = { 'packages/vault/src/injected.ts': module };
const keystore = { 'apps/keystore/src/injected.ts': module };
const e2ee = { 'packages/e2ee/src/injected.ts': module };
const web = { 'apps/web/src/injected.ts': module };

const withFiles = (breach: Breach, more: Readonly<Record<string, string>>): Breach => ({
  ...breach,
  files: { ...breach.files, ...more },
});

const breaches: readonly Breach[] = [
  withFiles(indirect('relays-have-no-keys', 'apps/sfu/src', '../../../packages/vault/src/injected.ts'), vault),
  indirect('relays-have-no-database', 'apps/signaling/src', 'pg'),
  indirect('relays-have-no-storage', 'apps/signaling/src', '@aws-sdk/client-s3'),
  indirect('relays-have-no-hsm', 'apps/sfu/src', 'graphene-pk11'),
  withFiles(indirect('api-has-no-e2ee', 'apps/api/src', '../../../packages/e2ee/src/injected.ts'), e2ee),
  indirect('api-has-no-hsm', 'apps/api/src', 'pkcs11js'),
  withFiles(indirect('api-has-no-keystore', 'apps/api/src', '../../keystore/src/injected.ts'), keystore),
  withFiles(indirect('api-has-no-web', 'apps/api/src', '../../web/src/injected.ts'), web),
  withFiles(indirect('keystore-has-no-e2ee', 'apps/keystore/src', '../../../packages/e2ee/src/injected.ts'), e2ee),
  indirect('keystore-has-no-storage', 'apps/keystore/src', '@aws-sdk/client-s3'),
  indirect(
    'keystore-has-no-storage',
    'apps/keystore/src/store',
    '../../../../packages/storage/src/filesystem/index.ts',
  ),
  indirect('keystore-has-no-media', 'apps/keystore/src', 'mediasoup'),
  indirect('browser-has-no-service', 'apps/web/src', '@sotto/service/log'),
  indirect('browser-has-no-node', 'packages/e2ee/src', 'node:fs/promises'),
  indirect('browser-has-no-node', 'packages/vault/src', 'node:crypto'),
  indirect('browser-has-no-node', 'packages/audit/src', 'node:crypto'),
  indirect('browser-has-no-hsm-or-storage', 'apps/web/src', '@aws-sdk/client-s3'),
  indirect('browser-has-no-hsm-or-storage', 'packages/vault/src', '../../storage/src/index.ts'),
  indirect('sealing-has-no-network', 'packages/e2ee/src', 'socket.io-client'),
  indirect('sealing-has-no-storage', 'packages/vault/src', 'pg'),
  indirect('sealing-has-no-logger', 'packages/e2ee/src', 'pino'),
  withFiles(indirect('e2ee-apart-from-vault', 'packages/e2ee/src', '../../vault/src/injected.ts'), vault),
  withFiles(indirect('vault-apart-from-e2ee', 'packages/vault/src', '../../e2ee/src/injected.ts'), e2ee),
  withFiles(indirect('recording-apart-from-call', 'packages/recording/src', '../../e2ee/src/injected.ts'), e2ee),
  indirect('sealing-has-no-storage', 'packages/recording/src', 'pg'),
  indirect('pure-has-no-io', 'packages/protocol/src', 'node:fs'),
  indirect('pure-has-no-io', 'packages/audit/src', 'pg'),
  indirect('pure-has-no-io', 'packages/alerts/src', 'node:net'),
  withFiles(indirect('production-has-no-testing', 'apps/api/src', './testing/injected.ts'), {
    'apps/api/src/testing/injected.ts': module,
  }),
  indirect('production-has-no-testing', 'apps/api/src', '@sotto/infra/testing/oidcProvider'),
  withFiles(indirect('production-has-no-tests', 'apps/api/src', './injected.test.ts'), {
    'apps/api/src/injected.test.ts': module,
  }),
  withFiles(indirect('production-has-no-tooling', 'apps/web/src', '../../../infra/bench/injected.ts'), {
    'infra/bench/injected.ts': module,
  }),
  withFiles(indirect('e2e-is-black-box', 'e2e', '../apps/api/src/injected.ts'), { 'apps/api/src/injected.ts': module }),
  direct('apps-apart', 'apps/signaling/src/injected-apart.ts', '../../sfu/src/injected.ts', {
    'apps/sfu/src/injected.ts': module,
  }),
  direct('through-the-door', 'apps/sfu/src/injected-door.ts', '../../../packages/protocol/src/ids.ts'),
  direct('not-through-own-door', 'packages/e2ee/src/injected-own-door.ts', './index.ts', {
    'packages/e2ee/src/index.ts': module,
  }),
  direct('not-by-own-name', 'packages/protocol/src/injected-own-name.ts', '@sotto/protocol/ids'),
  {
    rule: 'no-circular',
    from: 'packages/service/src/injected-circle-back.ts',
    files: {
      'packages/service/src/injected-circle.ts': `import type { B } from './injected-circle-back.ts';\nexport type A = B;\n`,
      'packages/service/src/injected-circle-back.ts': `import type { A } from './injected-circle.ts';\nexport type B = A;\n`,
    },
  },
  direct('resolvable', 'apps/api/src/injected-unresolvable.ts', './nowhere.ts'),
  direct('production-has-no-dev-dependencies', 'apps/api/src/injected-dev.ts', 'vitest'),
];

const boundaries = z.object({
  default: z.object({ forbidden: z.array(z.object({ name: z.string(), comment: z.string() })) }),
});

const cruised = z.object({
  summary: z.object({ violations: z.array(z.object({ from: z.string(), rule: z.object({ name: z.string() }) })) }),
});

describe('the boundaries', () => {
  let tree: TemporaryTree;
  let violations: z.infer<typeof cruised>['summary']['violations'];

  beforeAll(() => {
    tree = temporaryTree(Object.assign({}, ...breaches.map((breach) => breach.files)) as Record<string, string>);
    const { stdout } = runTool(tree.root, 'depcruise', ['apps', 'packages', 'infra', 'e2e', '--output-type', 'json']);
    violations = cruised.parse(JSON.parse(stdout)).summary.violations;
  }, 120_000);

  afterAll(() => tree[Symbol.dispose]());

  it.each(breaches)('catch a breach of $rule in $from', ({ rule, from }) => {
    expect(violations).toContainEqual({ from, rule: { name: rule } });
  });

  it('are each broken, and each says what it protects', async () => {
    const config: unknown = await import(join(repositoryRoot, '.dependency-cruiser.mjs'));
    const rules = boundaries.parse(config).default.forbidden;
    expect(new Set(breaches.map(({ rule }) => rule))).toEqual(new Set(rules.map(({ name }) => name)));
    for (const { comment } of rules) expect(comment).toMatch(/^[A-Z].*\.$/su);
  });
});
