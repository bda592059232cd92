import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repositoryRoot } from './repositoryRoot.ts';

/** A copy of the working tree that a test may break. */
export interface TemporaryTree extends Disposable {
  readonly root: string;
  /** Writes one file, by its path in the repository. */
  write(path: string, content: string): void;
}

/** Paths in the working tree, without what git ignores. */
function workingFiles(): string[] {
  return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
    .split('\0')
    .filter((path) => path !== '');
}

/** As `npm ci` lays it out: third-party packages by link, and the workspaces' links to this tree's own copies. */
function linkModules(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name === '@sotto') cpSync(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true });
    else symlinkSync(join(from, name), join(to, name));
  }
}

/**
 * Copies the working tree to a temporary folder. Dependencies are linked, not copied.
 *
 * @param injected files to add or replace, by their path in the repository
 */
export function temporaryTree(injected: Readonly<Record<string, string>> = {}): TemporaryTree {
  const root = mkdtempSync(join(tmpdir(), 'sotto-guards-'));
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    // Through a link it would be the checkout's own file.
    if (!realpathSync(dirname(join(root, path))).startsWith(realpathSync(root))) throw new Error(`${path} is linked`);
    writeFileSync(join(root, path), content);
  };
  for (const path of workingFiles()) {
    try {
      cpSync(join(repositoryRoot, path), join(root, path), { verbatimSymlinks: true });
    } catch (error) {
      // Deleted in the working tree and not committed yet.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  linkModules(join(repositoryRoot, 'node_modules'), join(root, 'node_modules'));
  for (const [path, content] of Object.entries(injected)) write(path, content);
  return { root, write, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}
