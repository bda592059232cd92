import { type Nonce, nonce } from '@sotto/protocol/keystore';
import type { Database, Transaction } from '@sotto/service/postgres';
import { inArray, lt } from 'drizzle-orm';
import { nonceTable } from './database/schema.ts';
import { type NonceHolder, newId } from './ids.ts';

const lifeMs = 60_000;

/** Issues a nonce for one holder; it lives 60 seconds and is used once. */
export async function issueNonce(
  database: Database,
  subject: NonceHolder,
  now: Date,
): Promise<{ nonce: Nonce; expiresAt: string }> {
  const expiresAt = new Date(now.getTime() + lifeMs);
  const issued = newId(nonce);
  // Those that nobody used.
  await database.delete(nonceTable).where(lt(nonceTable.expiresAt, new Date(now.getTime() - lifeMs)));
  await database.insert(nonceTable).values({ nonce: issued, subject, expiresAt });
  return { nonce: issued, expiresAt: expiresAt.toISOString() };
}

/** A nonce, whose it should be, and when. */
export interface NonceQuestion {
  readonly given: Nonce;
  readonly subject: NonceHolder;
  readonly now: Date;
}

/** Whether it could be used now. Looks only: `useNonces` is what counts. */
export async function isAlive(database: Database, given: Nonce, subject: NonceHolder, now: Date): Promise<boolean> {
  const [isIt] = await areAlive(database, [{ given, subject, now }]);
  return isIt ?? false;
}

/** As `isAlive` of each, in their order. */
export async function areAlive(database: Database, questions: readonly NonceQuestion[]): Promise<boolean[]> {
  const rows = await database
    .select()
    .from(nonceTable)
    .where(
      inArray(
        nonceTable.nonce,
        questions.map(({ given }) => given),
      ),
    );
  const stored = new Map(rows.map((row) => [row.nonce, row]));
  return questions.map(({ given, subject, now }) => {
    const row = stored.get(given);
    return row?.subject === subject && row.expiresAt > now;
  });
}

/** Uses nonces up, with the transaction. @returns those that were alive, with whose they were */
export async function useNonces(
  transaction: Transaction,
  given: readonly Nonce[],
  now: Date,
): Promise<ReadonlyMap<Nonce, NonceHolder>> {
  if (given.length === 0) return new Map();
  const rows = await transaction
    .delete(nonceTable)
    .where(inArray(nonceTable.nonce, [...given]))
    .returning();
  return new Map(rows.filter(({ expiresAt }) => expiresAt > now).map((row) => [row.nonce, row.subject]));
}
