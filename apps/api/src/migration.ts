import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { StartError } from '@sotto/service/errors';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { grantStatements } from './appRights.ts';
import { scramVerifier } from './scramVerifier.ts';

const folder = new URL('../migrations/', import.meta.url);
/** Any number that only we take as an advisory lock. */
const lock = 0x50_77_0001;

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

/** Every migration in order. Published ones never change: the database remembers their hashes. */
export function readMigrations(): Migration[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}_\w+\.sql$/.test(name))
    .sort()
    .map((name) => {
      const sql = readFileSync(new URL(name, folder), 'utf8');
      return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
    });
}

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

async function applyPending(client: Client): Promise<void> {
  await client.query('create schema if not exists clinic');
  await client.query(
    `create table if not exists clinic.schema_migration (
       name text primary key, sha256 text not null, applied_at timestamptz not null default now())`,
  );
  const { rows } = await client.query<{ name: string; sha256: string }>(
    'select name, sha256 from clinic.schema_migration',
  );
  const applied = new Map(rows.map((row) => [row.name, row.sha256]));
  const migrations = readMigrations();
  for (const [name, sha256] of applied) {
    if (migrations.find((migration) => migration.name === name)?.sha256 !== sha256) {
      throw new StartError('The database was made by another version of this program; start the version that made it.');
    }
  }
  for (const migration of migrations.filter(({ name }) => !applied.has(name))) {
    await inTransaction(client, async () => {
      await client.query(migration.sql);
      await client.query('insert into clinic.schema_migration (name, sha256) values ($1, $2)', [
        migration.name,
        migration.sha256,
      ]);
    });
  }
}

/** The app's role must have no power of its own: it is what somebody who takes the service over would have. */
async function assertOrdinary(client: Client, user: string): Promise<void> {
  const { rows } = await client.query<{ ordinary: boolean }>(
    `select not (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)
       and rolname <> current_user as ordinary from pg_roles where rolname = $1`,
    [user],
  );
  if (rows[0]?.ordinary !== true) {
    throw new StartError('API_DATABASE_URL_FILE must name a role of its own, without rights over the server.');
  }
}

async function giveRights(client: Client, appUrl: string): Promise<void> {
  const { database, user, password } = parseUrl(appUrl, 'API_DATABASE_URL_FILE');
  const role = escapeIdentifier(user);
  const existing = await client.query('select from pg_roles where rolname = $1', [user]);
  if (existing.rowCount) await assertOrdinary(client, user);
  await inTransaction(client, async () => {
    await client.query(
      `${existing.rowCount ? 'alter' : 'create'} role ${role}
       with login connection limit 20 password ${escapeLiteral(scramVerifier(password))}`,
    );
    for (const statement of grantStatements(role, escapeIdentifier(database))) await client.query(statement);
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
    await applyPending(client);
    await giveRights(client, appUrl);
  } finally {
    await client.end();
  }
}
