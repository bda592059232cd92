import type { ObjectId, PatientId } from '@sotto/protocol/ids';
import { shreddedStatement } from '@sotto/protocol/keystore';
import {
  type holdsQuery,
  type LegalHolds,
  maxHoldsRead,
  maxShreddingsRead,
  type Shreddings,
  type shreddingsQuery,
} from '@sotto/protocol/keystoreRoutes';
import { partOf, placeOf } from '@sotto/protocol/listPage';
import type { Database, Transaction } from '@sotto/service/postgres';
import { and, desc, eq, inArray, isNull, sql } from 'drizzle-orm';
import type * as z from 'zod';
import { canonicalJson, sha256 } from '../bytes.ts';
import { legalHoldTable, objectKeyTable, patientKeyTable, shreddedTable } from '../database/schema.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import type { LazyStatement, Statement } from '../statement.ts';

/** How long backups are kept: after that a shredded key is nowhere. */
const backupDays = 35;
const dayMs = 24 * 60 * 60_000;

/** Receipt of a shredding (SPEC.md section 3). */
export interface ShreddedPayload {
  readonly type: 'sotto/shredded/v1';
  readonly clinic: string;
  readonly pseudonym: PatientId;
  /** Null for everything of the patient's. */
  readonly object: ObjectId | null;
  readonly shreddedBy: readonly string[];
  readonly shreddedAt: string;
  readonly backupsExpireAt: string;
}

interface Shredding {
  readonly pseudonym: PatientId;
  readonly object: ObjectId | null;
}

export const shreddedPayload = (
  { clinic }: Pick<KeystoreContext, 'clinic'>,
  { pseudonym, object, by }: Shredding & { readonly by: readonly string[] },
  at: Date,
): ShreddedPayload => ({
  type: 'sotto/shredded/v1',
  ...{ clinic, pseudonym, object, shreddedBy: by, shreddedAt: at.toISOString() },
  backupsExpireAt: new Date(at.getTime() + backupDays * dayMs).toISOString(),
});

/** Holds, shreddings and registrations of one patient are taken one after the other. */
export const inTurn = (transaction: Transaction, pseudonym: PatientId) =>
  transaction.execute(sql`select pg_advisory_xact_lock(hashtextextended(${pseudonym}, 0))`);

/** Deletes the keys, with the transaction that records it. @returns why it can't be, or null once it is done */
export async function shred(
  transaction: Transaction,
  shredding: Shredding,
  sign: LazyStatement<ShreddedPayload>,
  at: Date,
): Promise<string | null> {
  const { pseudonym, object } = shredding;
  await inTurn(transaction, pseudonym);
  const held = await transaction.select().from(legalHoldTable).where(eq(legalHoldTable.pseudonym, pseudonym));
  if (held.length > 0) return 'held';
  if ((await deleteKeys(transaction, shredding)) === 0) return 'unknownObject';
  const receipt = sign();
  await transaction.insert(shreddedTable).values({
    receiptHash: sha256(canonicalJson(receipt)),
    ...{ pseudonym, object, receipt: JSON.stringify(receipt), shreddedAt: at },
  });
  return null;
}

/** @returns how many keys there were */
async function deleteKeys(transaction: Transaction, { pseudonym, object }: Shredding): Promise<number> {
  const ofObject = object === null ? undefined : eq(objectKeyTable.object, object);
  const objects = await transaction
    .delete(objectKeyTable)
    .where(and(eq(objectKeyTable.pseudonym, pseudonym), ofObject))
    .returning({ object: objectKeyTable.object });
  if (object !== null) return objects.length;
  const keys = await transaction
    .delete(patientKeyTable)
    .where(eq(patientKeyTable.pseudonym, pseudonym))
    .returning({ version: patientKeyTable.version });
  return objects.length + keys.length;
}

/** Whether all of a patient's keys were shredded: then there is never another. */
export const isPatientShredded = async (
  database: Pick<Transaction, 'select'>,
  pseudonym: PatientId,
): Promise<boolean> => (await findShredded(database, [pseudonym])).has(pseudonym);

/** Those of the patients of whom it is so. */
export async function findShredded(
  database: Pick<Transaction, 'select'>,
  pseudonyms: readonly PatientId[],
): Promise<ReadonlySet<PatientId>> {
  if (pseudonyms.length === 0) return new Set();
  const rows = await database
    .select({ pseudonym: shreddedTable.pseudonym })
    .from(shreddedTable)
    .where(and(inArray(shreddedTable.pseudonym, [...pseudonyms]), isNull(shreddedTable.object)));
  return new Set(rows.map(({ pseudonym }) => pseudonym));
}

/**
 * Shreds again what receipts say was shredded: after a backup was restored in which it still is.
 *
 * @param receipts signed, and checked by the caller
 * @returns how many keys had come back
 */
export async function replayShreddings(
  database: Database,
  receipts: readonly Statement<ShreddedPayload>[],
): Promise<number> {
  let found = 0;
  for (const receipt of receipts) {
    const { pseudonym, object, shreddedAt } = receipt.payload;
    found += await database.transaction(async (transaction) => {
      await inTurn(transaction, pseudonym);
      await transaction
        .insert(shreddedTable)
        .values({
          receiptHash: sha256(canonicalJson(receipt)),
          ...{ pseudonym, object, receipt: JSON.stringify(receipt), shreddedAt: new Date(shreddedAt) },
        })
        .onConflictDoNothing();
      return deleteKeys(transaction, { pseudonym, object });
    });
  }
  return found;
}

/** Receipts of what was shredded, the newest first. */
export async function readShreddings(
  database: Database,
  { before }: z.infer<typeof shreddingsQuery>,
): Promise<Shreddings> {
  const { shreddedAt, receiptHash } = shreddedTable;
  const id = sql<Buffer>`substring(${receiptHash} from 1 for 16)`;
  const place = placeOf(before);
  const isOlder =
    place &&
    sql`(${shreddedAt}, ${id}) < (${place.at.toISOString()}::timestamptz, ${Buffer.from(place.id, 'base64url')})`;
  const rows = await database
    .select({ id, shreddedAt, receipt: shreddedTable.receipt })
    .from(shreddedTable)
    .where(isOlder ?? undefined)
    .orderBy(desc(shreddedAt), desc(id))
    .limit(maxShreddingsRead + 1);
  const { shown, next } = partOf(rows, maxShreddingsRead, (row) => ({
    at: row.shreddedAt,
    id: row.id.toString('base64url'),
  }));
  return { shreddings: shown.map(({ receipt }) => shreddedStatement.parse(JSON.parse(receipt))), next };
}

/** Who is under legal hold, the newest hold first; with a pseudonym that one's alone. */
export async function readHolds(
  database: Database,
  { before, pseudonym }: z.infer<typeof holdsQuery>,
): Promise<LegalHolds> {
  const { placedAt, pseudonym: id } = legalHoldTable;
  const place = placeOf(before);
  const isOlder = place && sql`(${placedAt}, ${id}) < (${place.at.toISOString()}::timestamptz, ${place.id})`;
  const rows = await database
    .select()
    .from(legalHoldTable)
    .where(and(isOlder ?? undefined, pseudonym === undefined ? undefined : eq(id, pseudonym)))
    .orderBy(desc(placedAt), desc(id))
    .limit(maxHoldsRead + 1);
  const { shown, next } = partOf(rows, maxHoldsRead, (row) => ({ at: row.placedAt, id: row.pseudonym }));
  return { holds: shown.map((row) => ({ ...row, placedAt: row.placedAt.toISOString() })), next };
}

/** Puts a patient under legal hold, or takes the hold away. @returns why it can't be, or null once it is done */
export async function setHold(
  transaction: Transaction,
  pseudonym: PatientId,
  hold: boolean,
  at: Date,
): Promise<string | null> {
  await inTurn(transaction, pseudonym);
  const changed = hold
    ? await transaction.insert(legalHoldTable).values({ pseudonym, placedAt: at }).onConflictDoNothing().returning()
    : await transaction.delete(legalHoldTable).where(eq(legalHoldTable.pseudonym, pseudonym)).returning();
  return changed.length === 1 ? null : hold ? 'held' : 'notHeld';
}
