import { StartError } from '@sotto/service/errors';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { Pool } from 'pg';
import { readMigrations } from './migration.ts';

export type Database = NodePgDatabase;
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];

export interface DatabaseConnection {
  readonly database: Database;
  /** Throws if the server doesn't answer within the pool's time limits. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param url `postgresql://` address of the service's role
 * @param onIdleFault told when an idle connection breaks; the next query makes a new one
 */
export function connectDatabase(url: string, onIdleFault: (fault: unknown) => void): DatabaseConnection {
  const pool = new Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: 3000,
    statement_timeout: 5000,
    query_timeout: 6000,
    idle_in_transaction_session_timeout: 10_000,
    application_name: 'sotto-keystore',
  });
  pool.on('error', onIdleFault);
  return {
    database: drizzle(pool),
    async ping() {
      await pool.query('select 1');
    },
    close: () => pool.end(),
  };
}

/**
 * Refuses a database that isn't the keystore's alone, or isn't of this version (SPEC.md section 8).
 *
 * @throws StartError
 */
export async function assertOwnDatabase({ database }: DatabaseConnection): Promise<void> {
  const names = async (query: string) => (await database.execute<{ name: string }>(query)).rows.map(({ name }) => name);
  const schemas = await names(
    `select nspname as name from pg_namespace where nspname !~ '^pg_' and
       nspname not in ('information_schema', 'public', 'keystore', 'audit')`,
  );
  const tables = await names("select relname as name from pg_class where relnamespace = 'public'::regnamespace");
  if (schemas.length > 0 || tables.length > 0) {
    throw new StartError('The key database holds something else too: give the keystore a database of its own.');
  }
  const others = await names(
    `select datname as name from pg_database where not datistemplate and datname not in (current_database(), 'postgres')`,
  );
  if (others.length > 0) {
    throw new StartError('The key database’s server has other databases: give the keystore a server of its own.');
  }
  const powers = await names(
    `select rolname as name from pg_roles where rolname = current_user and
       (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)`,
  );
  if (powers.length > 0) throw new StartError('KEYSTORE_DATABASE_URL_FILE names a role with rights over the server.');
  await assertMigrated(database);
}

async function assertMigrated(database: Database): Promise<void> {
  const { rows } = await database
    .execute<{ sha256: string }>('select sha256 from keystore.schema_migration order by name')
    .catch(() => ({ rows: [] }));
  const expected = readMigrations();
  if (rows.length !== expected.length || expected.some(({ sha256 }, index) => rows[index]?.sha256 !== sha256)) {
    throw new StartError('The key database has not been migrated to this version; run the migration first.');
  }
}

const unavailable = /^(08...|57P0.|53[0-9A-Z]{3}|58030|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND)$/;

/** True if a fault, or what caused it, says that the database isn't there, or is full, rather than that a query is wrong. */
export function isUnavailable(fault: unknown): boolean {
  if (!(fault instanceof Error)) return false;
  if ('code' in fault && typeof fault.code === 'string' && unavailable.test(fault.code)) return true;
  // The pool's own time limits have no code.
  return (
    /^(timeout exceeded when trying to connect|Connection terminated|Query read timeout)/.test(fault.message) ||
    isUnavailable(fault.cause)
  );
}
