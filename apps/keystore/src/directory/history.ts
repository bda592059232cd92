import { decodeEntry, type Entry } from '@sotto/audit';
import type { PatientId, StaffId } from '@sotto/protocol/ids';
import { sql } from 'drizzle-orm';
import type { Transaction } from '../database/database.ts';

/** Whose keys an entry is about, as it names them. */
export type Holder = `clinician:${StaffId}` | `patient:${PatientId}`;

/** What was done with somebody's keys, as the log has it, in its order; refused acts did nothing. */
export async function keysHistory(database: Pick<Transaction, 'execute'>, holder: Holder): Promise<Entry[]> {
  // Word for word as the index has it (0004_directory_history.sql): however long the log is, these rows are read.
  const { rows } = await database.execute<{ canonical: Buffer }>(sql`
    select canonical from audit.entry
     where resource = ${holder}
       and action in ('clinician.enrol', 'clinician.replace', 'clinician.revoke',
                      'patientCredential.enrol', 'patientCredential.assist', 'patientCredential.revoke')
     order by index`);
  return rows.map(({ canonical }) => decodeEntry(canonical)).filter(({ outcome }) => outcome === 'allowed');
}
