import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { Pool } from 'pg';

/** What a pool's database and a transaction on it can both do. */
export type Database = Pick<NodePgDatabase, keyof NodePgDatabase>;
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];

/** A pool of connections to a service's database, as the service's role. */
export interface DatabaseConnection {
  readonly database: Database;
  /** Throws if the server doesn't answer within the pool's time limits. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface ConnectionOptions {
  /** What the server lists the connections as. */
  readonly application: string;
  /** Told when an idle connection breaks; the next query makes a new one. */
  readonly onIdleFault: (fault: unknown) => void;
  /** Settings of the server that each connection begins with; values of letters, digits, `_` and `-`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** @param url `postgresql://` address of the service's role */
export function connectDatabase(
  url: string,
  { application, onIdleFault, settings = {} }: ConnectionOptions,
): DatabaseConnection {
  const pool = new Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: 3000,
    statement_timeout: 5000,
    query_timeout: 6000,
    idle_in_transaction_session_timeout: 10_000,
    application_name: application,
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
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

/** SQLSTATE: connection lost (08), shutting down (57P0), out of disk, memory or connections (53), I/O (58030); and the system's. */
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
