import {
  type ClinicianStatement,
  type CredentialId,
  clinicianStatement,
  type DirectoryRole,
  type RevocationStatement,
  revocationStatement,
} from '@sotto/protocol/keystore';
import type { Database } from '@sotto/service/postgres';
import { eq, inArray } from 'drizzle-orm';
import { type Bytes, toBase64url } from '../bytes.ts';
import { credentialTable } from '../database/schema.ts';
import type { StatementSigner } from '../statement.ts';
import { isRevokedKey, keysHistories } from './history.ts';

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
  /** What the keystore signed as it was revoked; null if it wasn't, or if its row doesn't have that. */
  readonly revocation: RevocationStatement['payload'] | null;
}

/**
 * The passkey as it is registered; null if it isn't, or if its row isn't what the keystore signed: whoever edits the
 * database enrols nobody, and brings back nobody whom the log says was revoked.
 *
 * @param statements the keystore's own
 * @throws LogStopped `damaged` if the log has a revocation that its row has lost
 */
export async function findClinician(
  database: Pick<Database, 'select' | 'execute'>,
  statements: Pick<StatementSigner, 'read'>,
  credential: CredentialId,
): Promise<Clinician | null> {
  const [found] = await findClinicians(database, statements, [credential]);
  return found ?? null;
}

/** As `findClinician` of each, in their order. */
export async function findClinicians(
  database: Pick<Database, 'select' | 'execute'>,
  statements: Pick<StatementSigner, 'read'>,
  credentials: readonly CredentialId[],
): Promise<(Clinician | null)[]> {
  const rows = await database
    .select()
    .from(credentialTable)
    .where(inArray(credentialTable.credential, [...credentials]));
  const found = rows.flatMap((row) => clinicianOf(row, statements) ?? []);
  const histories = await keysHistories(
    database,
    found.map(({ entry }) => `clinician:${entry.subject}` as const),
  );
  const clinicians = new Map<CredentialId, Clinician>();
  for (const one of found) {
    const { subject, credential } = one.entry;
    const history = histories.get(`clinician:${subject}`) ?? [];
    const isRevoked = await isRevokedKey(history, { ...one, enrolled: one.entry }, () =>
      database.select().from(credentialTable).where(eq(credentialTable.subject, subject)),
    );
    clinicians.set(credential, { ...one, isRevoked });
  }
  return credentials.map((credential) => clinicians.get(credential) ?? null);
}

/** Null for a row that the keystore didn't sign as it is. Whether it is revoked, says the row alone. */
export function clinicianOf(
  row: typeof credentialTable.$inferSelect,
  statements: Pick<StatementSigner, 'read'>,
): Clinician | null {
  const statement = statements.read(clinicianStatement, row.statement);
  if (statement === null) return null;
  const entry = statement.payload;
  const isAsSigned =
    entry.credential === row.credential &&
    entry.subject === row.subject &&
    entry.role === row.role &&
    entry.publicKey === toBase64url(row.publicKey);
  if (!isAsSigned) return null;
  const isRevoked = row.revokedAt !== null;
  const revocation = isRevoked ? revocationIn(row, statements) : null;
  return { entry, publicKey: row.publicKey, counter: row.counter, isRevoked, revocation };
}

function revocationIn(
  { credential, revocation }: typeof credentialTable.$inferSelect,
  statements: Pick<StatementSigner, 'read'>,
): RevocationStatement['payload'] | null {
  const statement = revocation === null ? null : statements.read(revocationStatement, revocation);
  return statement?.payload.credential === credential ? statement.payload : null;
}

/** Whether a passkey answers for what was begun then: it wasn't revoked yet, by the keystore's own words of both. */
export const answeredAt = ({ isRevoked, revocation }: Clinician, at: Date): boolean =>
  !isRevoked || (revocation !== null && at < new Date(revocation.revokedAt));
