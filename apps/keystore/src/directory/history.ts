import type { Entry } from '@sotto/audit';
import type { PatientId, StaffId } from '@sotto/protocol/ids';
import type { Transaction } from '@sotto/service/postgres';
import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { LogStopped } from '../errors.ts';
import { wholeEntry, withErasure } from '../log/erasure.ts';
import { payloadHash } from '../statement.ts';
import { parseStored } from '../stored.ts';

/** Whose keys an entry is about, as it names them. */
type Holder = `clinician:${StaffId}` | `patient:${PatientId}`;

/** What was done with somebody's keys, as the log has it, in its order; refused acts did nothing. */
export const keysHistory = async (database: Pick<Transaction, 'execute'>, holder: Holder): Promise<Entry[]> =>
  (await keysHistories(database, [holder])).get(holder) ?? [];

/**
 * As `keysHistory`, of several; nobody of whom there is nothing.
 *
 * @throws LogStopped `damaged` if one of their entries can't be read, or any entry of the log was erased
 */
export async function keysHistories(
  database: Pick<Transaction, 'execute'>,
  holders: readonly Holder[],
): Promise<Map<string, Entry[]>> {
  const histories = new Map<string, Entry[]>();
  if (holders.length === 0) return histories;
  // Word for word as the index has it (0004_directory_history.sql): however long the log is, these rows are read.
  const { rows } = await database.execute<{ resource: string; canonical: Buffer }>(
    withErasure(sql`
      select index, resource, canonical from audit.entry
       where resource in ${[...new Set(holders)]}
         and action in ('clinician.enrol', 'clinician.replace', 'clinician.revoke',
                        'patientCredential.enrol', 'patientCredential.assist', 'patientCredential.revoke')`),
  );
  for (const { resource, canonical } of rows) {
    const entry = wholeEntry(canonical);
    if (entry.outcome === 'allowed') histories.set(resource, [...(histories.get(resource) ?? []), entry]);
  }
  return histories;
}

const byReplacement = 'clinician.replace';
const byRevocation: readonly string[] = ['clinician.revoke', 'patientCredential.revoke'];

/** A key as its row has it. */
interface KeyRow {
  readonly credential: string;
  readonly revokedAt: Date | null;
  readonly revocation: string | null;
}

const revocationOf = z.object({ payload: z.looseObject({ credential: z.string() }) });

/**
 * Whether a key is revoked, by its row and by the log: the column alone isn't signed.
 *
 * @param history its holder's, as the log has it
 * @param key `enrolled` is the payload of the statement that enrolled it; `isRevoked` what its row said
 * @param rows all keys of its holder, as they are now
 * @throws LogStopped `damaged` if the log has a revocation of it that the row has lost, or one of which the holder's rows
 *   don't say whose it was
 */
export async function isRevokedKey(
  history: readonly Entry[],
  { enrolled, isRevoked }: { enrolled: { readonly credential: string }; isRevoked: boolean },
  rows: () => Promise<readonly KeyRow[]>,
): Promise<boolean> {
  const hash = payloadHash(enrolled);
  const since = history.slice(history.findIndex(({ after }) => after === hash) + 1);
  const taken = since.filter(({ action }) => action === byReplacement || byRevocation.includes(action));
  if (isRevoked || taken.length === 0) return isRevoked;
  // After the log: what revoked the key meanwhile has changed its row too.
  const keys = await rows();
  const own = keys.find(({ credential }) => credential === enrolled.credential);
  if (!own) throw new LogStopped('damaged');
  if (own.revokedAt !== null) return true;
  const others = new Set(
    keys.flatMap(({ credential, revokedAt, revocation }) => {
      const statement = parseStored(revocationOf, revocation);
      const isItsOwn = revokedAt !== null && statement?.payload.credential === credential;
      return isItsOwn ? [payloadHash(statement.payload)] : [];
    }),
  );
  if (taken.some(({ action, after }) => action === byReplacement || !others.has(after ?? ''))) {
    throw new LogStopped('damaged');
  }
  return false;
}
