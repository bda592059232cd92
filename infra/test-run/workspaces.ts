import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';

const dependencies = z.record(z.string(), z.string()).default({});
const manifest = z.object({
  workspaces: z.array(z.string()).default([]),
  dependencies,
  devDependencies: dependencies,
});

/** One workspace of the repository. */
export interface Workspace {
  /** Its path in the repository. */
  readonly folder: string;
  /** Names of the packages that it declares, for development too. */
  readonly dependencies: ReadonlySet<string>;
  /** Whether it has tests of its own: a package that brings vitest to others needs it for more than development. */
  readonly isTested: boolean;
}

const readManifest = (path: string): z.infer<typeof manifest> => manifest.parse(JSON.parse(readFileSync(path, 'utf8')));

/** The workspaces that the root's package.json lists, in order of their paths. */
export function workspaces(repository: string): Workspace[] {
  return readManifest(join(repository, 'package.json'))
    .workspaces.flatMap((pattern) => globSync(`${pattern}/package.json`, { cwd: repository }))
    .filter((path) => existsSync(join(repository, path)))
    .sort()
    .map((path) => {
      const found = readManifest(join(repository, path));
      const names = [...Object.keys(found.dependencies), ...Object.keys(found.devDependencies)];
      const isTested = Object.hasOwn(found.devDependencies, 'vitest');
      return { folder: dirname(path), dependencies: new Set(names), isTested };
    });
}
