import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from './repositoryRoot.ts';

/**
 * Lints everything, a part after the other, each in a process of its own: with the types of the whole repository at
 * once the linter outgrows Node's default heap. The last part is whatever the others leave.
 */
const parts: readonly (readonly string[])[] = [
  ['apps/web'],
  ['apps', '--ignore-pattern', 'apps/web/'],
  ['packages'],
  ['.', '--ignore-pattern', 'apps/', '--ignore-pattern', 'packages/'],
];

const eslint = join(repositoryRoot, 'node_modules', 'eslint', 'bin', 'eslint.js');
for (const part of parts) {
  const { status } = spawnSync(process.execPath, [eslint, '--max-warnings', '0', ...part], {
    cwd: repositoryRoot,
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
