import { mkdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StartError } from '../errors.ts';
import { readIfThere } from '../files/atomicFile.ts';
import { type CommandResult, runCommand } from '../process/command.ts';
import type { PostgresBinaries } from './binaries.ts';
import { type DatabaseRoles, databaseName } from './databaseRoles.ts';
import { asUser, canReach, giveTo, type OsUser } from './osUser.ts';
import { serverEnvironment } from './server.ts';

/** Where root's databases go when their user can't reach the data folder, as below /root. */
const systemData = '/var/lib/sotto';

/** Only our two roles get in, only from this machine, only with their password. */
const hostBasedAuthentication = (roles: DatabaseRoles) =>
  [`local all all reject`, `host all ${roles.owner.name},${roles.app.name} 127.0.0.1/32 scram-sha-256`, ''].join('\n');

/** One statement a line: that is how single-user mode reads them. Passwords are base64url, so nothing needs quoting. */
const setUp = ({ owner, app }: DatabaseRoles) =>
  [
    `create role ${owner.name} login createrole connection limit 5 password '${owner.password}'`,
    `create database ${databaseName} owner ${owner.name} encoding 'UTF8' template template0`,
    `revoke all on database ${databaseName}, postgres, template1 from public`,
    // The app's role is created here so that it exists before the first migration, without any right.
    `set role ${owner.name}`,
    `create role ${app.name} login connection limit 20 password '${app.password}'`,
    `grant connect on database ${databaseName} to ${app.name}`,
    'reset role',
    // From here on nobody can log in as superuser; single-user mode, with the server stopped, remains.
    'alter role postgres nologin password null',
    '',
  ].join(';\n');

function requireSuccess(result: CommandResult, what: string): void {
  if (result.tag === 'notFound') {
    throw new StartError(`PostgreSQL's ${what} can not run on this machine: its C library is too old or not glibc.`);
  }
  const output = result.output;
  const reason = output.split('\n').find((line) => /\b(?:ERROR|FATAL|PANIC)\b|error:|No space left/.test(line));
  if (result.tag === 'ended' && result.code === 0 && reason === undefined) return;
  if (output.includes('No space left')) {
    throw new StartError('The disk is full: free some space (Sotto needs about 1 GB), then start again.');
  }
  throw new StartError(`PostgreSQL could not make its data folder: ${reason?.trim() ?? `${what} failed`}`);
}

async function create(
  binaries: PostgresBinaries,
  user: OsUser,
  place: string,
  roles: DatabaseRoles,
  signal: AbortSignal,
): Promise<void> {
  const unfinished = `${place}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  giveTo(user, unfinished);
  const data = join(unfinished, 'data');
  const passwordFile = join(unfinished, 'password');
  // initdb insists on a superuser password for scram; set-up takes it away again.
  writeFileSync(passwordFile, `${roles.superuserPassword}\n`, { mode: 0o600, flag: 'wx' });
  giveTo(user, passwordFile);
  const options = { env: serverEnvironment, cwd: '/', signal };
  const [initdb, initdbArgs] = asUser(user, binaries.initdb, [
    ...['-D', data, '-U', 'postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
    ...['-E', 'UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--data-checksums'],
  ]);
  requireSuccess(await runCommand(initdb, initdbArgs, options), 'initdb');
  writeFileSync(join(data, 'pg_hba.conf'), hostBasedAuthentication(roles));
  const [postgres, postgresArgs] = asUser(user, binaries.postgres, ['--single', '-D', data, 'postgres']);
  const input = setUp(roles);
  requireSuccess(await runCommand(postgres, postgresArgs, { ...options, input }), 'set-up');
  renameSync(data, place);
  rmSync(unfinished, { recursive: true, force: true });
}

/**
 * PostgreSQL's data folder with our database and roles in it, made once: checksummed pages, C.UTF-8, scram. It either
 * is there whole or not at all.
 *
 * @param link the name that it goes by; behind it may be a symbolic link to where its user can reach it
 * @param id names this installation where data of several may lie
 * @returns the folder's real path
 * @throws StartError if it can't be made, or was made by another major version
 */
export async function ensureCluster(
  binaries: PostgresBinaries,
  user: OsUser,
  { link, id }: { link: string; id: string },
  roles: DatabaseRoles,
  signal: AbortSignal,
): Promise<string> {
  const version = readIfThere(join(link, 'PG_VERSION'))?.trim();
  if (version === undefined) {
    let place = link;
    if (!canReach(user, dirname(link))) {
      place = join(systemData, id);
      mkdirSync(systemData, { recursive: true, mode: 0o755 });
      if (readIfThere(join(place, 'PG_VERSION')) !== undefined) {
        throw new StartError(
          `The database of this data folder lies at ${place} but ${link} does not lead there: link it again.`,
        );
      }
    }
    await create(binaries, user, place, roles, signal);
    if (place !== link) symlinkSync(place, link);
  } else if (version !== String(binaries.major)) {
    throw new StartError(
      `The database in ${link} was made by PostgreSQL ${version}, and this version of Sotto has ${binaries.major}: ` +
        'start the version that made it, or choose another data folder with --data DIR.',
    );
  }
  return realpathSync(link);
}
