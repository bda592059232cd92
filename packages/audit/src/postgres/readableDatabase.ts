import type { NodePgDatabase } from 'drizzle-orm/node-postgres';

/** A database handle that may be inside a transaction. */
export type ReadableDatabase = Pick<NodePgDatabase, 'select' | 'execute'>;
