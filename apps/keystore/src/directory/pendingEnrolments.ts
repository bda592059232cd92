import { type Enrolment, type ProvenEnrolment, provenEnrolment } from '@sotto/protocol/keystore';
import type { RelyingParty } from '@sotto/service/assertion';
import type { Database, Transaction } from '@sotto/service/postgres';
import { and, count, desc, eq, lt, lte, sql } from 'drizzle-orm';
import { toBase64url } from '../bytes.ts';
import { enrolmentTable } from '../database/schema.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { parseStored } from '../stored.ts';
import { enrolmentLifeMs, hashEnrolment, verifyNewKey } from './newKey.ts';
import { isTaken } from './takenKeys.ts';

/** How many may wait at once: more than a clinic ever has. */
const maxPending = 1000;
/** Any number that only this takes as an advisory lock. */
const lock = 0x50_77_0006;

/** Which one waits is one a person and kind of key. */
const placeOf = ({ of, entry }: Enrolment) => ({
  of,
  subject: 'subject' in entry ? entry.subject : entry.pseudonym,
  kind: 'kind' in entry ? entry.kind : ('passkey' as const),
});

/**
 * Keeps a new key's request until somebody signs for it, or 7 days. It replaces the one that the same person had waiting
 * for that kind of key, unless that is the newer one.
 *
 * @returns why it isn't kept, or null
 */
export async function keepEnrolment(
  { database, clinic, now }: KeystoreContext,
  party: RelyingParty,
  proven: ProvenEnrolment,
): Promise<'assertion' | 'expired' | 'exists' | 'conflict' | 'rateLimited' | null> {
  const at = now();
  const verdict = verifyNewKey(proven, { clinic, party, now: at });
  if (verdict.tag === 'refused') return verdict.code;
  const { enrolment } = proven;
  const { credential } = enrolment.entry;
  return database.transaction(async (transaction) => {
    await transaction.execute(sql`select pg_advisory_xact_lock(${lock})`);
    await transaction
      .delete(enrolmentTable)
      .where(lt(enrolmentTable.requestedAt, new Date(at.getTime() - enrolmentLifeMs)));
    const place = placeOf(enrolment);
    if (await isTaken(transaction, place.subject, enrolment.entry)) return 'exists';
    if (await isAnotherKeys(transaction, enrolment.entry)) return 'conflict';
    const waiting = { credential, proven: JSON.stringify(proven), requestedAt: new Date(enrolment.requestedAt) };
    const [others] = await transaction.select({ count: count() }).from(enrolmentTable);
    const mine = await transaction.select().from(enrolmentTable).where(isAt(place));
    if (mine.length === 0 && (others?.count ?? 0) >= maxPending) return 'rateLimited';
    const kept = await transaction
      .insert(enrolmentTable)
      .values({ ...place, ...waiting })
      .onConflictDoUpdate({
        target: [enrolmentTable.of, enrolmentTable.subject, enrolmentTable.kind],
        set: waiting,
        setWhere: lte(enrolmentTable.requestedAt, waiting.requestedAt),
      })
      .returning({ credential: enrolmentTable.credential });
    return kept.length === 1 ? null : 'conflict';
  });
}

/** Whether another key waits under the credential's id: nobody takes the place of a key that isn't theirs. */
async function isAnotherKeys(
  transaction: Transaction,
  { credential, publicKey }: Enrolment['entry'],
): Promise<boolean> {
  const rows = await transaction.select().from(enrolmentTable).where(eq(enrolmentTable.credential, credential));
  return rows.some(({ proven }) => parseStored(provenEnrolment, proven)?.enrolment.entry.publicKey !== publicKey);
}

/** Whether exactly this enrolment waits: the one whose check code two people have compared. */
export async function isWaiting(database: Database, enrolment: Enrolment): Promise<boolean> {
  const rows = await database
    .select()
    .from(enrolmentTable)
    .where(isAt(placeOf(enrolment)));
  const hash = toBase64url(hashEnrolment(enrolment));
  return rows.some(({ proven }) => {
    const waiting = parseStored(provenEnrolment, proven);
    return waiting !== null && toBase64url(hashEnrolment(waiting.enrolment)) === hash;
  });
}

const isAt = ({ of, subject, kind }: ReturnType<typeof placeOf>) =>
  and(eq(enrolmentTable.of, of), eq(enrolmentTable.subject, subject), eq(enrolmentTable.kind, kind));

/** What waits, newest first. A row that isn't one any more is left out: each proves itself again where it is used. */
export async function pendingEnrolments(database: Database, now: Date): Promise<ProvenEnrolment[]> {
  const rows = await database.select().from(enrolmentTable).orderBy(desc(enrolmentTable.requestedAt)).limit(maxPending);
  return rows
    .filter(({ requestedAt }) => now.getTime() - requestedAt.getTime() <= enrolmentLifeMs)
    .flatMap(({ proven }) => parseStored(provenEnrolment, proven) ?? []);
}

/** It waits no longer: it was enrolled. */
export async function dropEnrolment(
  transaction: Transaction,
  credential: Enrolment['entry']['credential'],
): Promise<void> {
  await transaction.delete(enrolmentTable).where(eq(enrolmentTable.credential, credential));
}
