import { readFile } from 'node:fs/promises';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { AuditUsageError } from '../errors.ts';

/**
 * Opens the database for as long as `use` runs.
 *
 * @param urlFile holds the connection's URL: a password on a command line would be everybody's
 */
export async function withDatabase<T>(
  urlFile: string | undefined,
  use: (database: NodePgDatabase) => Promise<T>,
): Promise<T> {
  if (urlFile === undefined) {
    throw new AuditUsageError('--database is needed: a file with the address of the database.');
  }
  const pool = new pg.Pool({ connectionString: (await readFile(urlFile, 'utf8')).trim(), max: 2 });
  // A connection that is lost fails the query that needs it; lost idle, or while it is closed, it is nobody's affair.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  try {
    return await use(drizzle(pool));
  } finally {
    await pool.end();
  }
}
