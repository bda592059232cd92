import type { SessionId, StaffId } from '@sotto/protocol/ids';
import type { Transaction } from '@sotto/service/postgres';
import { and, eq, exists, gte, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm';
import type { ClinicContext } from './clinicContext.ts';
import { staffSessionTable, staffTable } from './schema.ts';

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

/**
 * Ends the sessions that somebody's passkey began while they are suspended: they sign in anew once that is lifted. One that is older
 * and went on with a visit goes on, and so does the media of a visit.
 */
export async function endEmergencySessions(transaction: Transaction, staff: StaffId, at: Date): Promise<void> {
  const { staffId, createdAt, revokedAt } = staffSessionTable;
  const { id, suspendedAt, disabledAt } = staffTable;
  const isOfEmergency = and(
    ...[eq(id, staff), isNotNull(suspendedAt)],
    or(isNotNull(disabledAt), gte(createdAt, suspendedAt)),
  );
  await transaction
    .update(staffSessionTable)
    .set({ revokedAt: at })
    .where(
      and(
        ...[eq(staffId, staff), isNull(revokedAt)],
        exists(transaction.select({ id }).from(staffTable).where(isOfEmergency)),
      ),
    );
}
