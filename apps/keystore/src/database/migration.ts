import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { installLog } from '@sotto/audit/postgres';
import { StartError } from '@sotto/service/errors';
import { Client, escapeIdentifier } from 'pg';
import { grantStatements } from './rights.ts';

const folder = new URL('../../migrations/', import.meta.url);
/** Any number that only we take as an advisory lock. */
const lock = 0x50_77_0004;

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

function parse(text: string, variable: string): { user: string; database: string } {
  const url = URL.parse(text);
  const database = url?.pathname.slice(1) ?? '';
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || !/^\w+$/.test(database) || url.username === '') {
    throw new StartError(`The file that ${variable} names must hold a postgresql:// address with user and database.`);
  }
  return { user: decodeURIComponent(url.username), database };
}

async function applyPending(client: Client, role: string): Promise<void> {
  await client.query('create schema if not exists keystore');
  await client.query(
    `create table if not exists keystore.schema_migration (
       name text primary key, sha256 text not null, applied_at timestamptz not null default now())`,
  );
  const { rows } = await client.query<{ name: string; sha256: string }>(
    'select name, sha256 from keystore.schema_migration',
  );
  const migrations = readMigrations();
  for (const { name, sha256 } of rows) {
    if (migrations.find((migration) => migration.name === name)?.sha256 !== sha256) {
      throw new StartError('The key database was made by another version of this program; start that version.');
    }
  }
  // Nobody may erase here: an access log outlives what it is about.
  await installLog(client, { writer: role, eraser: null });
  for (const { name, sql, sha256 } of migrations.filter((each) => !rows.some((row) => row.name === each.name))) {
    await client.query(sql);
    await client.query('insert into keystore.schema_migration (name, sha256) values ($1, $2)', [name, sha256]);
  }
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
    const { rows } = await client.query<{ ordinary: boolean }>(
      `select not (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls) as ordinary
         from pg_roles where rolname = $1`,
      [app.user],
    );
    if (rows[0]?.ordinary !== true) {
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
