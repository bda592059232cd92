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
 * @param url `postgresql://` address of the app's role
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
    application_name: 'sotto-api',
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

/** @throws StartError if migrations are missing, or are of another version of this program */
export async function assertMigrated({ database }: DatabaseConnection): Promise<void> {
  const { rows } = await database
    .execute<{ name: string; sha256: string }>('select name, sha256 from clinic.schema_migration order by name')
    .catch((fault: unknown) => {
      const code = fault instanceof Error && fault.cause instanceof Error && 'code' in fault.cause && fault.cause.code;
      // No such schema, no such table, no right to see them.
      if (code === '3F000' || code === '42P01' || code === '42501') return { rows: [] };
      if (isUnavailable(fault)) throw new StartError('The database does not answer; start PostgreSQL first.');
      throw fault;
    });
  const expected = readMigrations();
  const same = rows.length === expected.length && expected.every(({ sha256 }, index) => rows[index]?.sha256 === sha256);
  if (!same) throw new StartError('The database has not been migrated to this version; run the migration first.');
}

const unavailable = /^(08...|57P0.|53300|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND)$/;

/** True if a fault, or what caused it, says that the database isn't there rather than that a query is wrong. */
export function isUnavailable(fault: unknown): boolean {
  if (!(fault instanceof Error)) return false;
  if ('code' in fault && typeof fault.code === 'string') return unavailable.test(fault.code);
  // The pool's own time limits have no code.
  return (
    /^(timeout exceeded when trying to connect|Connection terminated|Query read timeout)/.test(fault.message) ||
    isUnavailable(fault.cause)
  );
}
