import type { PatientId, StaffId } from '@sotto/protocol/ids';
import type { notices } from '@sotto/protocol/keystoreRoutes';
import type { Database, Transaction } from '@sotto/service/postgres';
import { and, desc, gt, type SQL, sql } from 'drizzle-orm';
import type * as z from 'zod';
import { takeRecordingTurn } from './database/recordingTurn.ts';
import { noticeTable } from './database/schema.ts';

type Notices = z.infer<typeof notices>;

/** What an officer is to be told at once. */
export interface Notice {
  readonly kind: Notices['notices'][number]['kind'];
  /** Who did it, of `enrolment` who was enrolled; null for a patient, and for the keystore and its host. */
  readonly subject: StaffId | null;
  readonly pseudonym: PatientId | null;
  /** Place of the entry in the log. */
  readonly index: number;
  readonly at: Date;
}

/** How many are told of at a time, and how many of the grave ones beside them. */
const pageSize = 200;

/** Keeps notices, with a transaction that has appended to the log. One kind of one entry is one, however often it's kept. */
export async function keepNotices(transaction: Transaction, given: readonly Notice[]): Promise<void> {
  if (given.length === 0) return;
  await transaction
    .insert(noticeTable)
    .values([...given])
    .onConflictDoNothing();
}

/** Keeps one that is about what was recorded before. */
export async function keepNotice(database: Database, notice: Notice): Promise<void> {
  await database.transaction(async (transaction) => {
    // One after the other, so that nobody who reads on from an id misses a lower one.
    await takeRecordingTurn(transaction);
    await keepNotices(transaction, [notice]);
  });
}

/**
 * The newest of them, oldest first; the newest grave ones besides, which no flood of others pushes out.
 *
 * @param after id of the last one that is known
 */
export async function readNotices(database: Database, after: number): Promise<Notices> {
  const newest = (condition?: SQL) =>
    database
      .select()
      .from(noticeTable)
      .where(and(gt(noticeTable.id, after), condition))
      .orderBy(desc(noticeTable.id))
      .limit(pageSize);
  // Word for word as the index has it (0007_more_notices.sql).
  const rows = [...(await newest()), ...(await newest(sql`kind in ('breakGlass', 'unwitnessed')`))];
  const once = [...new Map(rows.map((row) => [row.id, row])).values()].sort((a, b) => a.id - b.id);
  return { notices: once.map((row) => ({ ...row, at: `${row.at.toISOString().slice(0, 19)}Z` })) };
}
