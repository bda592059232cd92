import type { PatientId, VisitId } from '@sotto/protocol/ids';
import { objectKeyStatement, patientKeyStatement } from '@sotto/protocol/keystore';
import type { Transaction } from '@sotto/service/postgres';
import { asc, eq, sql } from 'drizzle-orm';
import { objectKeyTable, patientCredentialTable } from '../database/schema.ts';
import { LogStopped } from '../errors.ts';
import type { KeystoreContext } from '../keystoreContext.ts';

/**
 * Whether a visit is another patient's: its first object was made for another, or the first key that was enrolled in it
 * is another's, ended since or not. Holds the visit until the transaction ends: of the firsts of two patients one waits
 * for the other.
 *
 * @throws LogStopped `damaged` if what is stored isn't what was signed
 */
export async function isVisitOfAnother(
  { statements }: Pick<KeystoreContext, 'statements'>,
  transaction: Transaction,
  { visit, pseudonym }: { readonly visit: VisitId; readonly pseudonym: PatientId },
): Promise<boolean> {
  await transaction.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`visit:${visit}`}, 0))`);
  const objects = await transaction
    .select({ statement: objectKeyTable.statement })
    .from(objectKeyTable)
    .where(eq(objectKeyTable.visit, visit))
    .orderBy(asc(objectKeyTable.entryIndex))
    .limit(1);
  const keys = await transaction
    .select({ statement: patientCredentialTable.statement })
    .from(patientCredentialTable)
    .where(eq(patientCredentialTable.visit, visit))
    .orderBy(asc(patientCredentialTable.enrolledAt))
    .limit(1);
  const signed = [
    ...objects.map(({ statement }) => statements.read(objectKeyStatement, statement)),
    ...keys.map(({ statement }) => statements.read(patientKeyStatement, statement)),
  ];
  return signed.some((one) => {
    if (one?.payload.visit !== visit) throw new LogStopped('damaged');
    return one.payload.pseudonym !== pseudonym;
  });
}
