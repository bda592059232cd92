import type { CredentialId } from '@sotto/protocol/keystore';
import type { Transaction } from '@sotto/service/postgres';
import { eq, or } from 'drizzle-orm';
import { fromBase64url } from '../bytes.ts';
import { patientCredentialTable as patients, credentialTable as staff } from '../database/schema.ts';
import type { Subject } from '../ids.ts';

/**
 * Whether a credential's id is in use, by staff or patients, or its key is somebody else's: a revoked one's too. Before a
 * key is enrolled, in the transaction that does it.
 */
export async function isTaken(
  database: Pick<Transaction, 'select'>,
  holder: Subject,
  { credential, ...entry }: { readonly credential: CredentialId; readonly publicKey: string },
): Promise<boolean> {
  const publicKey = fromBase64url(entry.publicKey);
  const ofStaff = await database
    .select({ credential: staff.credential, holder: staff.subject })
    .from(staff)
    .where(or(eq(staff.credential, credential), eq(staff.publicKey, publicKey)));
  const ofPatients = await database
    .select({ credential: patients.credential, holder: patients.pseudonym })
    .from(patients)
    .where(or(eq(patients.credential, credential), eq(patients.publicKey, publicKey)));
  return [...ofStaff, ...ofPatients].some((known) => known.credential === credential || known.holder !== holder);
}
