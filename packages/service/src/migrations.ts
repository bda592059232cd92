import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { ClientBase } from 'pg';
import { StartError } from './errors.ts';
import { type Database, isUnavailable } from './postgres.ts';

export interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

/** A schema's migrations, and how a person knows the database that has it. */
export interface MigrationSet {
  /** Of the service's own tables; its table `schema_migration` remembers what was applied. */
  readonly schema: string;
  /** Where they lie, `0001_name.sql` and on; ends in a slash. */
  readonly folder: URL;
  /** Begins a sentence, such as `The database`. */
  readonly database: string;
}

/** Every migration in order. Published ones never change: the database remembers their hashes. */
export function readMigrations({ folder }: Pick<MigrationSet, 'folder'>): Migration[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}_\w+\.sql$/.test(name))
    .sort()
    .map((name) => {
      const sql = readFileSync(new URL(name, folder), 'utf8');
      return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
    });
}

/**
 * Those that the database hasn't got yet, in order; makes the schema and its list first if they aren't there.
 *
 * @param owner a connection of the schema's owner; nobody else migrates meanwhile
 * @throws StartError if the database was made by other migrations
 */
export async function pendingMigrations(owner: ClientBase, set: MigrationSet): Promise<Migration[]> {
  const { schema, database } = set;
  await owner.query(`create schema if not exists ${schema}`);
  await owner.query(
    `create table if not exists ${schema}.schema_migration (
       name text primary key, sha256 text not null, applied_at timestamptz not null default now())`,
  );
  const { rows } = await owner.query<{ name: string; sha256: string }>(
    `select name, sha256 from ${schema}.schema_migration`,
  );
  const migrations = readMigrations(set);
  for (const { name, sha256 } of rows) {
    if (migrations.find((migration) => migration.name === name)?.sha256 !== sha256) {
      throw new StartError(`${database} was made by another version of this program; start the version that made it.`);
    }
  }
  return migrations.filter(({ name }) => !rows.some((row) => row.name === name));
}

/** Applies one and remembers it. @param owner in a transaction of the caller's */
export async function applyMigration(
  owner: ClientBase,
  { schema }: MigrationSet,
  { name, sql, sha256 }: Migration,
): Promise<void> {
  await owner.query(sql);
  await owner.query(`insert into ${schema}.schema_migration (name, sha256) values ($1, $2)`, [name, sha256]);
}

/** No such schema, no such table, no right to see them. */
const notThere: readonly unknown[] = ['3F000', '42P01', '42501'];

/** @throws StartError if migrations are missing, or are of another version of this program, or it doesn't answer */
export async function assertMigrated(database: Pick<Database, 'execute'>, set: MigrationSet): Promise<void> {
  const { rows } = await database
    .execute<{ sha256: string }>(`select sha256 from ${set.schema}.schema_migration order by name`)
    .catch((fault: unknown) => {
      const { cause } = fault instanceof Error ? fault : { cause: null };
      if (cause instanceof Error && 'code' in cause && notThere.includes(cause.code)) return { rows: [] };
      if (isUnavailable(fault)) throw new StartError(`${set.database} does not answer; start its server first.`);
      throw fault;
    });
  const expected = readMigrations(set);
  if (rows.length !== expected.length || expected.some(({ sha256 }, index) => rows[index]?.sha256 !== sha256)) {
    throw new StartError(`${set.database} has not been migrated to this version; run the migration first.`);
  }
}

/** Whether there is such a role, it isn't the one that asks, and it has no power over the server: somebody who takes the service over has it. */
export async function isOrdinaryRole(owner: ClientBase, role: string): Promise<boolean> {
  const { rows } = await owner.query<{ ordinary: boolean }>(
    `select not (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)
       and rolname <> current_user as ordinary from pg_roles where rolname = $1`,
    [role],
  );
  return rows[0]?.ordinary === true;
}
