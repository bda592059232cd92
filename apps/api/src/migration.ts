import { installLog } from '@sotto/audit/postgres';
import { StartError } from '@sotto/service/errors';
import { applyMigration, isOrdinaryRole, type MigrationSet, pendingMigrations } from '@sotto/service/migrations';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { grantStatements } from './appRights.ts';
import { scramVerifier } from './scramVerifier.ts';

/** Any number that only we take as an advisory lock. */
const lock = 0x50_77_0001;

/** The clinic database's. */
export const clinicMigrations: MigrationSet = {
  schema: 'clinic',
  folder: new URL('../migrations/', import.meta.url),
  database: 'The database',
};

function parseUrl(text: string, variable: string) {
  const url = URL.parse(text);
  const database = url?.pathname.slice(1) ?? '';
  const password = decodeURIComponent(url?.password ?? '');
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || !/^\w+$/.test(database) || !/^[!-~]{16,}$/.test(password)) {
    throw new StartError(
      `The file that ${variable} names must hold a postgresql:// address with a user, a password of at least 16 ASCII characters, and a database.`,
    );
  }
  return { url, database, user: decodeURIComponent(url.username), password };
}

const isMissingDatabase = (fault: unknown) => fault instanceof Error && 'code' in fault && fault.code === '3D000';

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  return client;
}

/** Connects to the database of the address, made first if the server hasn't got it. */
async function connectOrCreate(text: string): Promise<Client> {
  try {
    return await connect(text);
  } catch (fault) {
    if (!isMissingDatabase(fault)) throw fault;
  }
  const { url, database } = parseUrl(text, 'API_OWNER_DATABASE_URL_FILE');
  const elsewhere = new URL(url);
  elsewhere.pathname = '/postgres';
  const client = await connect(elsewhere.href);
  try {
    await client.query(`create database ${escapeIdentifier(database)} encoding 'UTF8' template template0`);
  } finally {
    await client.end();
  }
  return connect(text);
}

async function inTransaction(client: Client, work: () => Promise<void>): Promise<void> {
  await client.query('begin');
  try {
    await work();
    await client.query('commit');
  } catch (fault) {
    await client.query('rollback');
    throw fault;
  }
}

async function giveRights(client: Client, appUrl: string): Promise<void> {
  const { database, user, password } = parseUrl(appUrl, 'API_DATABASE_URL_FILE');
  const role = escapeIdentifier(user);
  const existing = await client.query('select from pg_roles where rolname = $1', [user]);
  // It is what somebody who takes the service over would have.
  if (existing.rowCount && !(await isOrdinaryRole(client, user))) {
    throw new StartError('API_DATABASE_URL_FILE must name a role of its own, without rights over the server.');
  }
  await inTransaction(client, async () => {
    await client.query(
      `${existing.rowCount ? 'alter' : 'create'} role ${role}
       with login connection limit 20 password ${escapeLiteral(scramVerifier(password))}`,
    );
    for (const statement of grantStatements(role, escapeIdentifier(database))) await client.query(statement);
    // Nobody may erase here: a log of what was done outlives what it is about.
    await installLog(client, { writer: user, eraser: null });
  });
}

/**
 * Brings the database to the newest schema and the app's role to exactly its rights, one process at a time.
 *
 * @param ownerUrl `postgresql://` address of the role that owns the schema
 * @param appUrl address of the app's role in the same database; its password is set to the one given here
 * @throws StartError if the database was made by other migrations than ours
 */
export async function migrate(ownerUrl: string, appUrl: string): Promise<void> {
  const owner = parseUrl(ownerUrl, 'API_OWNER_DATABASE_URL_FILE');
  if (parseUrl(appUrl, 'API_DATABASE_URL_FILE').database !== owner.database) {
    throw new StartError('API_DATABASE_URL_FILE and API_OWNER_DATABASE_URL_FILE must name the same database.');
  }
  const client = await connectOrCreate(ownerUrl);
  try {
    await client.query('select pg_advisory_lock($1)', [lock]);
    for (const migration of await pendingMigrations(client, clinicMigrations)) {
      await inTransaction(client, () => applyMigration(client, clinicMigrations, migration));
    }
    await giveRights(client, appUrl);
  } finally {
    await client.end();
  }
}
