import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { AuditUsageError } from '../errors.ts';
import { AuditLog } from '../postgres/auditLog.ts';
import { nodeTreeHasher } from '../postgres/nodeTreeHasher.ts';

/**
 * Opens the log in a database for as long as `use` runs.
 *
 * @param urlFile holds the connection's URL: a password on a command line would be everybody's
 */
export async function withLog<T>(urlFile: string | undefined, use: (log: AuditLog) => Promise<T>): Promise<T> {
  if (urlFile === undefined)
    throw new AuditUsageError('--database is needed: a file with the address of the database.');
  const pool = new pg.Pool({ connectionString: (await readFile(urlFile, 'utf8')).trim(), max: 2 });
  try {
    const random = (length: number) => new Uint8Array(randomBytes(length));
    return await use(new AuditLog(drizzle(pool), { hasher: nodeTreeHasher, random }));
  } finally {
    await pool.end();
  }
}
