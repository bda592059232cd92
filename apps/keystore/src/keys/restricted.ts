import { base64url } from '@sotto/protocol/bytes';
import { clinicId, type ObjectId, objectId, type PatientId, patientId, staffId } from '@sotto/protocol/ids';
import { type RestrictedStatement, restrictedStatement, sha256Text } from '@sotto/protocol/keystore';
import type { Transaction } from '@sotto/service/postgres';
import { and, count, eq, inArray, isNotNull, isNull, notExists, or, type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { toBase64url } from '../bytes.ts';
import { restrictionTable, shreddedTable } from '../database/schema.ts';
import { LogStopped } from '../errors.ts';
import { wholeEntry, withErasure } from '../log/erasure.ts';
import { payloadHash, type StatementSigner } from '../statement.ts';

/** The log's words for what is done. */
export const restrictionActions = { place: 'restriction.place', lift: 'restriction.lift' } as const;

/** What is restricted: one object, or everything of a patient's where `object` is null. */
export interface Restriction {
  readonly pseudonym: PatientId;
  readonly object: ObjectId | null;
}

/** Receipt of a restriction's end. What else restricts the same object goes on (SPEC.md section 3). */
const restrictionLiftedStatement = z.strictObject({
  payload: z.strictObject({
    type: z.literal('sotto/restriction-lifted/v1'),
    clinic: clinicId,
    pseudonym: patientId,
    object: objectId.nullable(),
    /** SHA-256 of the canonical payload of the receipt of what was lifted. */
    restriction: sha256Text,
    liftedBy: z.array(staffId),
    liftedAt: z.iso.datetime(),
  }),
  signature: base64url(86),
});
export type RestrictionLifted = z.infer<typeof restrictionLiftedStatement>['payload'];

type Statements = Pick<StatementSigner, 'read'>;
type Reading = Pick<Transaction, 'select' | 'execute'>;

interface ReadRow {
  readonly statement: RestrictedStatement;
  readonly isLifted: boolean;
}

/**
 * What a row says, by what the keystore signed.
 *
 * @throws LogStopped `damaged` if the restriction isn't as it was signed, or what is there as its lifting is none of it
 */
export function readRow(row: typeof restrictionTable.$inferSelect, statements: Statements): ReadRow {
  const hash = toBase64url(row.hash);
  const statement = statements.read(restrictedStatement, row.statement);
  const isAsSigned =
    statement !== null &&
    payloadHash(statement.payload) === hash &&
    statement.payload.pseudonym === row.pseudonym &&
    statement.payload.object === row.object;
  if (!isAsSigned) throw new LogStopped('damaged');
  if (row.lifting === null) return { statement, isLifted: false };
  // Lists look by the column alone: one that lifts nothing would hide what is restricted from them.
  const lifted = statements.read(restrictionLiftedStatement, row.lifting);
  if (lifted?.payload.restriction !== hash) throw new LogStopped('damaged');
  return { statement, isLifted: true };
}

/** Which of some objects are restricted, each by itself or with everything of its patient's. */
export interface RestrictedAmong {
  /** Nobody may open these. */
  readonly now: ReadonlySet<ObjectId>;
  /** These, and those whose restriction was lifted. */
  readonly ever: ReadonlySet<ObjectId>;
}

/**
 * Which of some objects nobody may open now, and which were restricted at any time.
 *
 * @throws LogStopped `damaged` if a row isn't as it was signed, or the log has a restriction of theirs whose row is gone
 */
export async function restrictedAmong(
  database: Reading,
  statements: Statements,
  objects: readonly { readonly object: ObjectId; readonly pseudonym: PatientId }[],
): Promise<RestrictedAmong> {
  if (objects.length === 0) return { now: new Set(), ever: new Set() };
  const pseudonyms = [...new Set(objects.map(({ pseudonym }) => pseudonym))];
  const resources = [
    ...objects.map(({ object }) => `object:${object}`),
    ...pseudonyms.map((pseudonym) => `patient:${pseudonym}`),
  ];
  // Before the rows: what is restricted meanwhile has its row, and none is ever deleted.
  const logged = await loggedRestrictions(database, sql`resource in ${resources} and`);
  const rows = await database.select().from(restrictionTable).where(inArray(restrictionTable.pseudonym, pseudonyms));
  const read = readRows(rows, statements, logged);
  const of = (restrictions: readonly ReadRow[]): ReadonlySet<ObjectId> =>
    new Set(
      objects.flatMap(({ object, pseudonym }) =>
        restrictions.some(({ statement: { payload } }) => isOf(payload, pseudonym, object)) ? [object] : [],
      ),
    );
  return { now: of(read.filter(({ isLifted }) => !isLifted)), ever: of(read) };
}

const isOf = (restriction: Restriction, pseudonym: PatientId, object: ObjectId): boolean =>
  restriction.pseudonym === pseudonym && (restriction.object === null || restriction.object === object);

/** Restrictions at present, without those of what was shredded since. */
export const standing = (database: Reading): SQL | undefined => {
  const { pseudonym, object } = restrictionTable;
  const shredded = database
    .select()
    .from(shreddedTable)
    .where(
      and(eq(shreddedTable.pseudonym, pseudonym), or(isNull(shreddedTable.object), eq(shreddedTable.object, object))),
    );
  return and(isNull(restrictionTable.lifting), notExists(shredded));
};

/**
 * Makes sure that what the rows have as lifted was lifted.
 *
 * @param among which rows; undefined for all
 * @throws LogStopped `damaged` if one wasn't
 */
export async function requireLifted(database: Reading, statements: Statements, among?: SQL): Promise<void> {
  const rows = await database
    .select()
    .from(restrictionTable)
    .where(and(isNotNull(restrictionTable.lifting), among));
  for (const row of rows) readRow(row, statements);
}

/** How many restrictions there are, as they are listed. @throws LogStopped `damaged` if one is hidden by what isn't its lifting */
export async function countRestrictions(database: Reading, statements: Statements): Promise<number> {
  await requireLifted(database, statements);
  const [row] = await database.select({ standing: count() }).from(restrictionTable).where(standing(database));
  return row?.standing ?? 0;
}

/** Whether the table has every restriction that the log has, as it was signed. */
export async function areRestrictionsWhole(database: Reading, statements: Statements): Promise<boolean> {
  try {
    const logged = await loggedRestrictions(database, sql``);
    readRows(await database.select().from(restrictionTable), statements, logged);
    return true;
  } catch (fault) {
    if (fault instanceof LogStopped && fault.code === 'damaged') return false;
    throw fault;
  }
}

/** All rows as they were signed. @throws LogStopped `damaged` if one that the log has isn't among them */
function readRows(
  rows: readonly (typeof restrictionTable.$inferSelect)[],
  statements: Statements,
  logged: readonly string[],
): ReadRow[] {
  const read = rows.map((row) => readRow(row, statements));
  const known = new Set(rows.map(({ hash }) => toBase64url(hash)));
  if (!logged.every((hash) => known.has(hash))) throw new LogStopped('damaged');
  return read;
}

/** Word for word as the index has it (0011_restriction.sql): a parameter isn't seen to be that word. */
const placing = sql.raw(`'${restrictionActions.place}'`);

/** Hashes of the restrictions that the log has, lifted since or not; refused acts did nothing. */
async function loggedRestrictions(database: Reading, condition: SQL): Promise<string[]> {
  const { rows } = await database.execute<{ canonical: Buffer }>(
    withErasure(sql`
      select index, resource, canonical from audit.entry where ${condition} action = ${placing}`),
  );
  return rows
    .map(({ canonical }) => wholeEntry(canonical))
    .flatMap(({ outcome, after }) => (outcome === 'allowed' ? [after ?? ''] : []));
}
