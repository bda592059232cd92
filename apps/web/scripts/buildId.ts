import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** The sources that the client is made of, relative to this workspace. */
const sources = [
  'src',
  'messages',
  'next.config.ts',
  'package.json',
  '../../packages/protocol/src',
  '../../packages/e2ee/src',
  '../../packages/vault/src',
  '../../packages/audit/src',
  '../../package-lock.json',
];

function filesOf(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? filesOf(join(path, entry.name)) : [join(path, entry.name)],
    );
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return [path];
    throw error;
  }
}

/**
 * Next's build id: `BUILD_ID` where it is set, else derived from the content of the sources, so that two builds of
 * the same commit are the same bytes. Run in the workspace's folder.
 */
export function buildId(): string {
  const given = process.env['BUILD_ID'];
  if (given) return given;
  const hash = createHash('sha256');
  const root = process.cwd();
  for (const path of sources.flatMap((source) => filesOf(join(root, source))).sort()) {
    hash.update(`${relative(root, path).split(sep).join('/')}\0`);
    hash.update(createHash('sha256').update(readFileSync(path)).digest());
  }
  return hash.digest('hex').slice(0, 20);
}
