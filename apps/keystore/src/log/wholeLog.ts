import { decodeEntry, type Entry, type Finding, type LoggedLeaf, type VerifierKey, verifyLog } from '@sotto/audit';
import { nodeTreeHasher } from '@sotto/audit/postgres';
import { isNotNull } from 'drizzle-orm';
import * as z from 'zod';
import type { Database } from '../database/database.ts';
import { credentialTable, patientCredentialTable } from '../database/schema.ts';
import { payloadHash } from '../statement.ts';
import type { AccessLog } from './accessLog.ts';

/** What became of verifying a whole log. */
export interface WholeLog {
  /** Entries in it, and under the largest checkpoint that the witness has cosigned. */
  readonly size: number;
  readonly witnessed: number;
  /** What the verifier found, and `revocation` where the directory has lost one that is in the log. None if all is well. */
  readonly findings: readonly (Finding['tag'] | 'revocation')[];
}

/** Acts that take a key away. */
const revoking: readonly string[] = ['clinician.revoke', 'clinician.replace', 'patientCredential.revoke'];

/**
 * Verifies all of the log, entry by entry, and that every revocation in it still holds: before the keystore serves.
 *
 * @param witness null where there is none
 */
export async function verifyWholeLog(
  { log, database }: { readonly log: Pick<AccessLog, 'leaves' | 'checkpoints' | 'size'>; readonly database: Database },
  key: VerifierKey,
  witness: VerifierKey | null,
): Promise<WholeLog> {
  const trust = { log: key, witnesses: witness === null ? [] : [witness], requireWitness: false };
  const revocations = new Set<string>();
  const leaves = noting(log.leaves(), revocations);
  const report = await verifyLog(await log.size(), leaves, await log.checkpoints(), trust, nodeTreeHasher);
  for (const hash of await standingRevocations(database)) revocations.delete(hash);
  const lost = revocations.size > 0 ? (['revocation'] as const) : [];
  const { size, witnessed, findings } = report;
  return { size, witnessed, findings: [...findings.map(({ tag }) => tag), ...lost] };
}

async function* noting(leaves: AsyncIterable<LoggedLeaf>, revocations: Set<string>): AsyncGenerator<LoggedLeaf> {
  for await (const leaf of leaves) {
    const entry = leaf.content && entryIn(leaf.content.encoded);
    const isRevoking = entry?.outcome === 'allowed' && revoking.includes(entry.action);
    if (isRevoking && entry.after !== null) revocations.add(entry.after);
    yield leaf;
  }
}

/** Null if it isn't one any more: the verifier says so. */
function entryIn(encoded: Uint8Array): Entry | null {
  try {
    return decodeEntry(encoded);
  } catch {
    return null;
  }
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
