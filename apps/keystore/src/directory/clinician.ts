import {
  type ClinicianStatement,
  type CredentialId,
  clinicianStatement,
  type DirectoryRole,
} from '@sotto/protocol/keystore';
import type { Database } from '@sotto/service/postgres';
import { eq } from 'drizzle-orm';
import { type Bytes, toBase64url } from '../bytes.ts';
import { credentialTable } from '../database/schema.ts';
import { isSigned } from '../statement.ts';
import { parseStored } from '../stored.ts';
import { isRevokedKey } from './history.ts';

/** The role whose passkeys sign for others. */
export const officerRole = 'privacyOfficer' satisfies DirectoryRole;

/** Roles of those who treat, and write what is kept. */
export const clinicianRoles: readonly string[] = ['physician', 'nurse'];

/** A registered passkey, with whose it is. */
export interface Clinician {
  readonly entry: ClinicianStatement['payload'];
  readonly publicKey: Bytes;
  readonly counter: number;
  readonly isRevoked: boolean;
}

/**
 * The passkey as it is registered; null if it isn't, or if its row isn't what the keystore signed: whoever edits the
 * database enrols nobody, and brings back nobody whom the log says was revoked.
 *
 * @param signingKey the keystore's own statement key
 * @throws LogStopped `damaged` if the log has a revocation that its row has lost
 */
export async function findClinician(
  database: Pick<Database, 'select' | 'execute'>,
  signingKey: Bytes,
  credential: CredentialId,
): Promise<Clinician | null> {
  const [row] = await database.select().from(credentialTable).where(eq(credentialTable.credential, credential));
  const found = row ? clinicianOf(row, signingKey) : null;
  if (found === null) return null;
  const { subject } = found.entry;
  const isRevoked = await isRevokedKey(database, `clinician:${subject}`, { ...found, enrolled: found.entry }, () =>
    database.select().from(credentialTable).where(eq(credentialTable.subject, subject)),
  );
  return { ...found, isRevoked };
}

/** Null for a row that the keystore didn't sign as it is. Whether it is revoked, says the row alone. */
export function clinicianOf(row: typeof credentialTable.$inferSelect, signingKey: Bytes): Clinician | null {
  const statement = parseStored(clinicianStatement, row.statement);
  if (statement === null || !isSigned(signingKey, statement)) return null;
  const entry = statement.payload;
  const isAsSigned =
    entry.credential === row.credential &&
    entry.subject === row.subject &&
    entry.role === row.role &&
    entry.publicKey === toBase64url(row.publicKey);
  if (!isAsSigned) return null;
  return { entry, publicKey: row.publicKey, counter: row.counter, isRevoked: row.revokedAt !== null };
}
