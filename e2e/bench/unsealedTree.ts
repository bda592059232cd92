import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const repository = join(import.meta.dirname, '..', '..');
const entry = 'packages/e2ee/src/index.ts';
const renamed = 'packages/e2ee/src/sealing.ts';

/**
 * Copies the tree to where git ignores it and leaves the transforms out of the copy's client. The dependencies are
 * hard links: the bundler doesn't follow symbolic ones out of its root.
 *
 * @returns the copy's root; to be removed afterwards
 */
export function unsealedTree(): string {
  const root = join(repository, '.sotto', 'bench-unsealed');
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: repository, encoding: 'utf8', maxBuffer: 1 << 26 });
  for (const path of tracked.split('\0').filter((name) => name !== '')) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    cpSync(join(repository, path), join(root, path), { verbatimSymlinks: true });
  }
  for (const folder of ['node_modules', ...workspaceModules()]) {
    execFileSync('cp', ['-al', join(repository, folder), join(root, folder)]);
  }
  // What the product's builds left there is the product's.
  rmSync(join(root, 'node_modules', '.cache'), { recursive: true, force: true });
  cpSync(join(root, entry), join(root, renamed));
  const overlay = readFileSync(join(import.meta.dirname, 'transformsLeftOut.ts'), 'utf8');
  writeFileSync(join(root, entry), overlay.replaceAll("'@sotto/e2ee'", "'./sealing.ts'"));
  return root;
}

/** Dependencies that npm put beside a workspace instead of at the top. */
function workspaceModules(): string[] {
  return execFileSync('find', ['apps', 'packages', 'infra', 'e2e', '-maxdepth', '2', '-name', 'node_modules'], {
    cwd: repository,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((path) => path !== '');
}
