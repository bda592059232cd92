import { execFileSync } from 'node:child_process';
import { chownSync } from 'node:fs';
import { StartError } from '../errors.ts';
import { hasCode } from '../files/atomicFile.ts';
import { endingWithParent } from '../process/command.ts';

/** An account that only ever runs our database: PostgreSQL refuses to run as root. */
const accountName = 'sotto-postgres';

/** Who PostgreSQL runs as: the person who started us, or, for root, an account of its own. */
export type OsUser = { tag: 'self' } | { tag: 'account'; name: string; uid: number; gid: number };

function idOf(option: '-u' | '-g'): number | undefined {
  try {
    return Number.parseInt(
      execFileSync('id', [option, accountName], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
      10,
    );
  } catch {
    return undefined;
  }
}

/**
 * The user for PostgreSQL. As root on Linux this makes the account if there is none.
 *
 * @throws StartError if it can't be made, or on other systems as root
 */
export function databaseUser(): OsUser {
  if (process.getuid?.() !== 0) return { tag: 'self' };
  if (process.platform !== 'linux') {
    throw new StartError('PostgreSQL does not run as root: start Sotto as an ordinary user.');
  }
  if (idOf('-u') === undefined) {
    try {
      const args = ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent'];
      execFileSync('useradd', [...args, '--shell', '/usr/sbin/nologin', accountName], { stdio: 'ignore' });
    } catch (fault) {
      const why = hasCode(fault, 'ENOENT') ? 'there is no useradd here' : 'useradd failed';
      throw new StartError(
        `PostgreSQL does not run as root, and the account ${accountName} could not be made (${why}): ` +
          'start Sotto as an ordinary user, or make that account.',
      );
    }
  }
  const [uid, gid] = [idOf('-u'), idOf('-g')];
  if (uid === undefined || gid === undefined) {
    throw new StartError(`The account ${accountName} can not be found: start Sotto as an ordinary user.`);
  }
  return { tag: 'account', name: accountName, uid, gid };
}

/** The command that runs a program as the user, never to gain privileges again, and ended when we end. */
export function asUser(user: OsUser, file: string, args: readonly string[]): [file: string, args: string[]] {
  const identity =
    user.tag === 'account'
      ? ['--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups', '--inh-caps=-all']
      : [];
  return endingWithParent(file, args, 'INT', [...identity, '--no-new-privs']);
}

/** Hands a file or folder to the user. */
export function giveTo(user: OsUser, path: string): void {
  if (user.tag === 'account') chownSync(path, user.uid, user.gid);
}

/** Whether the user can reach what lies in a folder, through all folders above it. */
export function canReach(user: OsUser, folder: string): boolean {
  if (user.tag === 'self') return true;
  const [file, args] = asUser(user, '/usr/bin/test', ['-x', folder]);
  try {
    execFileSync(file, args, { stdio: 'ignore', cwd: '/' });
    return true;
  } catch {
    return false;
  }
}
