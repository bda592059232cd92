import { installLog } from '@sotto/audit/postgres';
import { StartError } from '@sotto/service/errors';
import { applyMigration, isOrdinaryRole, type MigrationSet, pendingMigrations } from '@sotto/service/migrations';
import { Client, escapeIdentifier } from 'pg';
import { grantStatements } from './rights.ts';

/** Any number that only we take as an advisory lock. */
const lock = 0x50_77_0004;

/** The key database's own, beside the log's. */
export const keyMigrations: MigrationSet = {
  schema: 'keystore',
  folder: new URL('../../migrations/', import.meta.url),
  database: 'The key database',
};

function parse(text: string, variable: string): { user: string; database: string } {
  const url = URL.parse(text);
  const database = url?.pathname.slice(1) ?? '';
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || !/^\w+$/.test(database) || url.username === '') {
    throw new StartError(`The file that ${variable} names must hold a postgresql:// address with user and database.`);
  }
  return { user: decodeURIComponent(url.username), database };
}

async function applyPending(client: Client, role: string): Promise<void> {
  const pending = await pendingMigrations(client, keyMigrations);
  // Nobody may erase here: an access log outlives what it is about.
  await installLog(client, { writer: role, eraser: null });
  for (const migration of pending) await applyMigration(client, keyMigrations, migration);
}

/**
 * Brings the key database to the newest schema, with its log, and the service's role to exactly its rights; one
 * process at a time, all or nothing.
 *
 * @param ownerUrl `postgresql://` address of the role that owns the schemas
 * @param appUrl address of the service's role, which exists, in the same database
 * @throws StartError if the database was made by other migrations, or the role has powers of its own
 */
export async function migrate(ownerUrl: string, appUrl: string): Promise<void> {
  const owner = parse(ownerUrl, 'KEYSTORE_OWNER_DATABASE_URL_FILE');
  const app = parse(appUrl, 'KEYSTORE_DATABASE_URL_FILE');
  if (app.database !== owner.database || app.user === owner.user) {
    throw new StartError('The keystore’s two database addresses must name one database and two roles.');
  }
  const client = new Client({ connectionString: ownerUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [lock]);
    if (!(await isOrdinaryRole(client, app.user))) {
      throw new StartError(
        'KEYSTORE_DATABASE_URL_FILE must name a role that exists and has no rights over the server.',
      );
    }
    await applyPending(client, app.user);
    const role = escapeIdentifier(app.user);
    for (const statement of grantStatements(role, escapeIdentifier(owner.database))) await client.query(statement);
    await client.query('commit');
  } finally {
    await client.end();
  }
}
