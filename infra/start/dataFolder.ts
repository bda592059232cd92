import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { StartError } from '../errors.ts';
import { readIfThere, writeAtomic } from '../files/atomicFile.ts';
import { lockHolder, tryLock } from '../process/processLock.ts';

/** Counts up when an older Sotto could no longer use the folder. */
const format = '1';

/** Where things lie in the data folder. All but `postgres` is closed to everybody but its owner. */
export interface DataFolder {
  root: string;
  /** Authorities, certificates and their keys. */
  certificates: string;
  /** The clinic's keys and id. The demo's seed keeps its password here too. */
  keys: string;
  /** URL files of the database's roles. */
  database: string;
  /** PostgreSQL's own folder, or a symbolic link to it. */
  postgres: string;
  logs: string;
  /** File with what the api was started with last, for commands beside it. */
  settings: string;
  /** Sealed bytes of recordings, where they lie on this machine; not there before it was prepared. */
  recordings: string;
  /** File with what a running system tells of itself, as long as it runs. */
  ready: string;
  /** Whether a database has been made already: then keys and passwords must not be made anew. */
  hasDatabase: boolean;
  keystore: KeystoreFolder;
  /** Lets go of the folder for another start. */
  release: () => void;
}

/** What the keystore has of its own, apart from everything else. */
export interface KeystoreFolder {
  /** Its keys, its recovery shares, the witness's state. */
  keys: string;
  /** File with what it was started with last, for its commands. */
  settings: string;
  /** URL files of its database's roles. */
  database: string;
  /** As `DataFolder.postgres`. */
  postgres: string;
  hasDatabase: boolean;
  /** The master key: beside the data folder, so that a copy of that folder alone opens nothing. */
  master: string;
}

/** Where a system that runs on a data folder has noted what it tells of itself: the line that `--json` prints. */
export const readyFile = (root: string): string => join(root, 'ready.json');

/** Where it has noted what its services were started with. */
export const settingsFiles = (root: string) => ({
  api: join(root, 'api-settings.json'),
  keystore: join(root, 'keystore/settings.json'),
});

/** @throws StartError unless a system runs on that data folder */
export function requireRunning(root: string): void {
  if (!existsSync(join(root, 'format'))) {
    throw new StartError(
      `${root} is no data folder of Sotto: start it with npm start, or name another with --data DIR.`,
    );
  }
  if (lockHolder(join(root, 'lock')) === undefined) {
    throw new StartError(`Sotto does not run on ${root}: start it with npm start, then run this command again.`);
  }
}

/**
 * Makes the folder if there is none and takes it for this process.
 *
 * @throws StartError if it holds something else, another version's data, or another start is using it
 */
export function openDataFolder(root: string): DataFolder {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const versionFile = join(root, 'format');
  const found = readIfThere(versionFile)?.trim();
  if (found === undefined && readdirSync(root).some((name) => name !== 'lock' && !name.endsWith('.tmp'))) {
    throw new StartError(`${root} holds other files than Sotto's: choose an empty or a new folder with --data DIR.`);
  }
  if (found !== undefined && found !== format) {
    throw new StartError(
      `${root} was made by another version of Sotto (format ${found}, this one has ${format}): ` +
        'start that version, or choose another folder with --data DIR.',
    );
  }
  const lock = tryLock(join(root, 'lock'));
  if (lock.tag === 'busy') {
    throw new StartError(
      `Sotto already runs on ${root} (process ${lock.pid}): use that one, stop it, or choose another folder with --data DIR.`,
    );
  }
  // As root the database runs as another user, who must get through to its own folder but list nothing.
  chmodSync(root, process.getuid?.() === 0 ? 0o711 : 0o700);
  if (found === undefined) writeAtomic(versionFile, `${format}\n`);
  const folder = (name: string) => {
    const path = join(root, name);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  };
  return {
    root,
    certificates: folder('certificates'),
    keys: folder('keys'),
    database: folder('database'),
    logs: folder('logs'),
    recordings: join(root, 'recordings'),
    settings: settingsFiles(root).api,
    ready: readyFile(root),
    postgres: join(root, 'postgres'),
    hasDatabase: existsSync(join(root, 'postgres/PG_VERSION')),
    keystore: {
      keys: folder('keystore'),
      settings: settingsFiles(root).keystore,
      database: folder('keystore-database'),
      postgres: join(root, 'keystore-postgres'),
      hasDatabase: existsSync(join(root, 'keystore-postgres/PG_VERSION')),
      master: `${resolve(root)}.master-key`,
    },
    release: lock.release,
  };
}
