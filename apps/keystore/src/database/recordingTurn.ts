import type { Transaction } from '@sotto/service/postgres';
import { sql } from 'drizzle-orm';

/** Any number that only this takes as an advisory lock. */
const lock = 0x50_77_0005;

/** Waits until no other transaction records what people asked for; until this one's end none does. */
export async function takeRecordingTurn(transaction: Transaction): Promise<void> {
  await transaction.execute(sql`select pg_advisory_xact_lock(${lock})`);
}
