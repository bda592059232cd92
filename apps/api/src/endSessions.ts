import type { SessionId } from '@sotto/protocol/ids';
import type { Transaction } from '@sotto/service/postgres';
import { type SQL, sql } from 'drizzle-orm';
import type { ClinicContext } from './clinicContext.ts';
import { staffSessionTable } from './schema.ts';

/**
 * Ends sessions that somebody wants gone, and with them the sockets that were opened by them, in a visit too (`watchEnds`).
 *
 * @param which also those that were signed out, if it names them: somebody may be in a visit by one still
 * @returns those that were meant
 */
export async function endWithSockets(
  database: ClinicContext['database'] | Transaction,
  which: SQL | undefined,
  at: Date,
): Promise<readonly SessionId[]> {
  const ended = await database
    .update(staffSessionTable)
    .set({ letGoAt: at, revokedAt: sql`coalesce(${staffSessionTable.revokedAt}, ${at.toISOString()}::timestamptz)` })
    .where(which)
    .returning({ id: staffSessionTable.id });
  return ended.map(({ id }) => id);
}
