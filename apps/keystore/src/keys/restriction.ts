import type { Act, RestrictedStatement } from '@sotto/protocol/keystore';
import { maxRestrictionsRead, type Restrictions, type restrictionsQuery } from '@sotto/protocol/keystoreRoutes';
import { partOf, placeOf } from '@sotto/protocol/listPage';
import type { Transaction } from '@sotto/service/postgres';
import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type * as z from 'zod';
import { fromBase64url } from '../bytes.ts';
import { objectKeyTable, patientKeyTable, restrictionTable } from '../database/schema.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { type LazyStatement, payloadHash } from '../statement.ts';
import { type Restriction, type RestrictionLifted, readRow, requireLifted, standing } from './restricted.ts';
import { inTurn } from './shredding.ts';

/** What an entry about a restriction is about. */
export const restrictedResource = ({ pseudonym, object }: Restriction): string =>
  object === null ? `patient:${pseudonym}` : `object:${object}`;

type Restricting = Extract<Act, { action: 'restrict' }>;
type Lifting = Extract<Act, { action: 'liftRestriction' }>;

export const restrictedPayload = (
  { clinic }: Pick<KeystoreContext, 'clinic'>,
  { pseudonym, object, by }: Restricting,
  at: Date,
): RestrictedStatement['payload'] => ({
  type: 'sotto/restricted/v1',
  ...{ clinic, pseudonym, object, restrictedBy: by, restrictedAt: at.toISOString() },
});

export const restrictionLiftedPayload = (
  { clinic }: Pick<KeystoreContext, 'clinic'>,
  { pseudonym, object, restriction, by }: Lifting,
  at: Date,
): RestrictionLifted => ({
  type: 'sotto/restriction-lifted/v1',
  ...{ clinic, pseudonym, object, restriction, liftedBy: by, liftedAt: at.toISOString() },
});

/**
 * Restricts, with the transaction that records it.
 *
 * @returns why it can't be, or null once it is done
 * @throws LogStopped `damaged` if what was restricted before isn't as it was signed
 */
export async function restrict(
  { statements }: Pick<KeystoreContext, 'statements'>,
  transaction: Transaction,
  restriction: Restriction,
  sign: LazyStatement<RestrictedStatement['payload']>,
  at: Date,
): Promise<string | null> {
  const { pseudonym, object } = restriction;
  await inTurn(transaction, pseudonym);
  if (!(await isKept(transaction, restriction))) return 'unknownObject';
  const rows = await transaction
    .select()
    .from(restrictionTable)
    .where(
      and(
        eq(restrictionTable.pseudonym, pseudonym),
        object === null ? isNull(restrictionTable.object) : eq(restrictionTable.object, object),
      ),
    );
  if (rows.map((row) => readRow(row, statements)).some(({ isLifted }) => !isLifted)) return 'restricted';
  const statement = sign();
  const hash = fromBase64url(payloadHash(statement.payload));
  await transaction
    .insert(restrictionTable)
    .values({ hash, pseudonym, object, statement: JSON.stringify(statement), restrictedAt: at });
  return null;
}

/** Whether there is a key of it. */
async function isKept(transaction: Transaction, { pseudonym, object }: Restriction): Promise<boolean> {
  const rows =
    object === null
      ? await transaction
          .select({ of: patientKeyTable.pseudonym })
          .from(patientKeyTable)
          .where(eq(patientKeyTable.pseudonym, pseudonym))
          .limit(1)
      : await transaction
          .select({ of: objectKeyTable.pseudonym })
          .from(objectKeyTable)
          .where(and(eq(objectKeyTable.pseudonym, pseudonym), eq(objectKeyTable.object, object)));
  return rows.length > 0;
}

/** Lifts that very restriction, and no other. @returns why it can't be, or null once it is done */
export async function liftRestriction(
  { statements }: Pick<KeystoreContext, 'statements'>,
  transaction: Transaction,
  { pseudonym, object, restriction }: Lifting,
  sign: LazyStatement<RestrictionLifted>,
): Promise<string | null> {
  await inTurn(transaction, pseudonym);
  const isIt = eq(restrictionTable.hash, fromBase64url(restriction));
  const [row] = await transaction.select().from(restrictionTable).where(isIt);
  if (row === undefined) return 'notRestricted';
  const { statement, isLifted } = readRow(row, statements);
  const isOfIt = statement.payload.pseudonym === pseudonym && statement.payload.object === object;
  if (isLifted || !isOfIt) return 'notRestricted';
  await transaction
    .update(restrictionTable)
    .set({ lifting: JSON.stringify(sign()) })
    .where(isIt);
  return null;
}

/**
 * What is restricted, the newest first; with a pseudonym that patient's alone.
 *
 * @throws LogStopped `damaged` if a row isn't what the keystore signed, those that were lifted too
 */
export async function readRestrictions(
  { database, statements }: Pick<KeystoreContext, 'database' | 'statements'>,
  { before, pseudonym }: z.infer<typeof restrictionsQuery>,
): Promise<Restrictions> {
  const { restrictedAt, pseudonym: of } = restrictionTable;
  const id = sql<Buffer>`substring(${restrictionTable.hash} from 1 for 16)`;
  const place = placeOf(before);
  const isOlder =
    place &&
    sql`(${restrictedAt}, ${id}) < (${place.at.toISOString()}::timestamptz, ${Buffer.from(place.id, 'base64url')})`;
  const among = and(isOlder ?? undefined, pseudonym === undefined ? undefined : eq(of, pseudonym));
  await requireLifted(database, statements, among);
  const rows = await database
    .select({ id, row: restrictionTable })
    .from(restrictionTable)
    .where(and(among, standing(database)))
    .orderBy(desc(restrictedAt), desc(id))
    .limit(maxRestrictionsRead + 1);
  const { shown, next } = partOf(rows, maxRestrictionsRead, (found) => ({
    at: found.row.restrictedAt,
    id: found.id.toString('base64url'),
  }));
  return { restrictions: shown.map(({ row }) => readRow(row, statements).statement), next };
}
