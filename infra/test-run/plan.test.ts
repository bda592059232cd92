import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../guards/repositoryRoot.ts';
import { plan } from './plan.ts';

const stepsOf = (mode: Parameters<typeof plan>[0]) =>
  plan(mode, { repository: repositoryRoot, reports: join(repositoryRoot, 'reports') }).map(({ name }) => name);

describe('the plan', () => {
  it('has the long tests, of files that are there, only among the long ones', () => {
    const long = stepsOf('test:long').filter((name) => name.startsWith('long '));
    const files = long.flatMap((name) => name.split(' ').slice(1));
    expect(files).toContain('apps/keystore/test/million.test.ts');
    expect(files).toContain('packages/audit/test/node/writers.test.ts');
    for (const file of files) expect(existsSync(join(repositoryRoot, file))).toBe(true);
    for (const mode of ['test', 'verify'] as const) expect(stepsOf(mode).join('\n')).not.toContain('long ');
  });

  it('leaves the end-to-end tests out of verify alone', () => {
    const browsers = (mode: Parameters<typeof stepsOf>[0]) => stepsOf(mode).filter((name) => name.startsWith('e2e '));
    expect(browsers('verify')).toEqual([]);
    expect(browsers('test')).toEqual(['e2e desk', 'e2e calls']);
    expect(browsers('test:long')).toEqual(['e2e long']);
  });
});
