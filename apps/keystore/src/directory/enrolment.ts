import type { StaffId } from '@sotto/protocol/ids';
import type { Act, ClinicianEntry, ClinicianStatement, RevocationStatement } from '@sotto/protocol/keystore';
import type { Transaction } from '@sotto/service/postgres';
import { and, eq, isNull, ne } from 'drizzle-orm';
import { fromBase64url } from '../bytes.ts';
import { credentialTable } from '../database/schema.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import type { LazyStatement } from '../statement.ts';
import { clinicianOf, officerRole } from './clinician.ts';
import { keysHistory } from './history.ts';
import { dropEnrolment } from './pendingEnrolments.ts';
import { isTaken } from './takenKeys.ts';

/** How many officers there must be before only officers enrol, and below which none may be revoked. */
export const fewestOfficers = 2;

type Enrolling = Extract<Act, { action: 'enrol' | 'replace' }>;
type Revoking = Extract<Act, { action: 'revoke' }>;

/** The directory's entry. */
export const clinicianPayload = (
  { clinic }: Pick<KeystoreContext, 'clinic'>,
  { entry, by }: Enrolling,
  at: Date,
): ClinicianStatement['payload'] => ({
  type: 'sotto/clinician/v1',
  ...{ clinic, ...entry, enrolledBy: by, enrolledAt: at.toISOString() },
});

export const revocationPayload = (
  { clinic }: Pick<KeystoreContext, 'clinic'>,
  { subject, credential, reason, by }: Revoking,
  at: Date,
): RevocationStatement['payload'] => ({
  type: 'sotto/clinician-revoked/v1',
  ...{ clinic, subject, credential, reason, revokedBy: by, revokedAt: at.toISOString() },
});

interface NewEntry {
  readonly entry: ClinicianEntry;
  readonly statement: LazyStatement<unknown>;
  readonly counter: number;
  readonly at: Date;
}

/**
 * One officer lets in somebody new. Another officer, and a further key or another role of somebody who ever had one, take
 * two: or one officer were two.
 *
 * @param signers how many signed; nobody on the host
 * @returns why it can't be, or null once it is done
 */
export async function enrol(transaction: Transaction, signers: number, enrolment: NewEntry): Promise<string | null> {
  const { subject, role } = enrolment.entry;
  if (signers === 1 && (role === officerRole || (await isKnown(transaction, subject)))) return 'denied';
  return add(transaction, enrolment);
}

/** Whether somebody has or had a key, by the directory or by the log. */
async function isKnown(transaction: Transaction, subject: StaffId): Promise<boolean> {
  const rows = await transaction.select().from(credentialTable).where(eq(credentialTable.subject, subject)).limit(1);
  return rows.length > 0 || (await keysHistory(transaction, `clinician:${subject}`)).length > 0;
}

async function add(transaction: Transaction, { entry, statement, counter, at }: NewEntry): Promise<string | null> {
  const { credential, subject, role } = entry;
  if (await isTaken(transaction, subject, entry)) return 'exists';
  await transaction.insert(credentialTable).values({
    ...{ credential, subject, role, counter },
    publicKey: fromBase64url(entry.publicKey),
    statement: JSON.stringify(statement()),
    enrolledAt: at,
  });
  await dropEnrolment(transaction, credential);
  return null;
}

/** Revokes all of a subject's passkeys and enrols the new one. @returns why it can't be, or null once it is done */
export async function replace(transaction: Transaction, enrolment: NewEntry): Promise<string | null> {
  const { entry, statement, at } = enrolment;
  const mine = and(eq(credentialTable.subject, entry.subject), isNull(credentialTable.revokedAt));
  const before = await transaction.select().from(credentialTable).where(mine);
  // A role isn't changed by losing a passkey.
  if (before.length === 0 || before.some(({ role }) => role !== entry.role)) return 'unknownCredential';
  const refusal = await add(transaction, enrolment);
  if (refusal !== null) return refusal;
  await transaction
    .update(credentialTable)
    .set({ revokedAt: at, revocation: JSON.stringify(statement()) })
    .where(and(mine, ne(credentialTable.credential, entry.credential)));
  return null;
}

/** @returns why it can't be, or null once it is done */
export async function revoke(
  context: KeystoreContext,
  transaction: Transaction,
  { subject, credential }: Revoking,
  statement: LazyStatement<unknown>,
  at: Date,
): Promise<string | null> {
  const [row] = await transaction
    .select()
    .from(credentialTable)
    .where(
      and(
        eq(credentialTable.credential, credential),
        eq(credentialTable.subject, subject),
        isNull(credentialTable.revokedAt),
      ),
    );
  if (!row) return 'unknownCredential';
  if (row.role === officerRole) {
    const left = await activeOfficers(context, transaction, credential);
    if (left.size < fewestOfficers) return 'lastOfficers';
  }
  await transaction
    .update(credentialTable)
    .set({ revokedAt: at, revocation: JSON.stringify(statement()) })
    .where(eq(credentialTable.credential, credential));
  return null;
}

/** Officers with a passkey that is signed for and not revoked. @param without a credential that doesn't count */
export async function activeOfficers(
  { statements }: KeystoreContext,
  database: Pick<Transaction, 'select'>,
  without: string | null = null,
): Promise<ReadonlySet<string>> {
  const rows = await database
    .select()
    .from(credentialTable)
    .where(and(eq(credentialTable.role, officerRole), isNull(credentialTable.revokedAt)));
  return new Set(
    rows
      .filter((row) => row.credential !== without && clinicianOf(row, statements) !== null)
      .map(({ subject }) => subject),
  );
}
