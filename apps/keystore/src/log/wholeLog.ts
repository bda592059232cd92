import type { Finding, VerifierKey } from '@sotto/audit';
import { nodeTreeHasher, verifyStore } from '@sotto/audit/postgres';
import type { Database } from '@sotto/service/postgres';
import { isNotNull, sql } from 'drizzle-orm';
import * as z from 'zod';
import { credentialTable, patientCredentialTable } from '../database/schema.ts';
import { areRestrictionsWhole } from '../keys/restricted.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { payloadHash } from '../statement.ts';
import { readEntry } from './entry.ts';

/** What became of verifying a whole log. */
export interface WholeLog {
  /** Entries in it, and under the largest checkpoint that the witness has cosigned. */
  readonly size: number;
  readonly witnessed: number;
  /**
   * What the verifier found; `revocation` and `restriction` where the tables have lost one that is in the log; `erased` where
   * an entry was, as nobody may in this log. None if all is well.
   */
  readonly findings: readonly (Finding['tag'] | 'revocation' | 'restriction' | 'erased')[];
}

/** Acts that take a key away. */
const revoking: readonly string[] = ['clinician.revoke', 'clinician.replace', 'patientCredential.revoke'];

/**
 * Verifies all of the log, entry by entry, that nothing of it was erased, and that every
 * revocation and restriction in it still holds: before the keystore serves.
 *
 * @param witness null where there is none
 */
export async function verifyWholeLog(
  { database, statements }: Pick<KeystoreContext, 'database' | 'statements'>,
  key: VerifierKey,
  witness: VerifierKey | null,
): Promise<WholeLog> {
  const trust = { log: key, witnesses: witness === null ? [] : [witness], requireWitness: false };
  const report = await verifyStore(database, [], trust, nodeTreeHasher);
  const revocations = await loggedRevocations(database);
  for (const hash of await standingRevocations(database)) revocations.delete(hash);
  const lost = revocations.size > 0 ? (['revocation'] as const) : [];
  const freed = (await areRestrictionsWhole(database, statements)) ? [] : (['restriction'] as const);
  const { size, witnessed, findings } = report;
  const erased = report.erased > 0 ? (['erased'] as const) : [];
  return { size, witnessed, findings: [...findings.map(({ tag }) => tag), ...erased, ...lost, ...freed] };
}

/** Hashes of the statements by which the log says that keys were revoked: found by words that were verified just now. */
async function loggedRevocations(database: Database): Promise<Set<string>> {
  const { rows } = await database.execute<{ canonical: Buffer }>(sql`
    select canonical from audit.entry where action in ${revoking}`);
  const entries = rows.flatMap(({ canonical }) => readEntry(canonical) ?? []);
  return new Set(entries.flatMap(({ outcome, after }) => (outcome === 'allowed' ? (after ?? []) : [])));
}

const statement = z.object({ payload: z.unknown() });

/** Hashes of the statements by which passkeys are revoked now. */
async function standingRevocations(database: Database): Promise<string[]> {
  const revoked = [credentialTable, patientCredentialTable].map((table) =>
    database.select({ revocation: table.revocation }).from(table).where(isNotNull(table.revokedAt)),
  );
  const rows = (await Promise.all(revoked)).flat();
  return rows.map((row) => payloadHash(statement.parse(JSON.parse(row.revocation ?? 'null')).payload));
}
