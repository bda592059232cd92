import type { ClinicId, PatientId, StaffId } from '@sotto/protocol/ids';
import {
  type Act,
  type CredentialId,
  type PatientKeyStatement,
  patientKeyStatement,
  type ReadingNonce,
} from '@sotto/protocol/keystore';
import type { PatientKeys } from '@sotto/protocol/keystoreRoutes';
import type { Database, Transaction } from '@sotto/service/postgres';
import { eq } from 'drizzle-orm';
import { type Bytes, fromBase64url, toBase64url } from '../bytes.ts';
import { patientCredentialTable } from '../database/schema.ts';
import { isPatientShredded } from '../keys/shredding.ts';
import { isVisitOfAnother } from '../keys/visitPatient.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { isSigned, type LazyStatement, payloadHash } from '../statement.ts';
import { parseStored } from '../stored.ts';
import { officerRole } from './clinician.ts';
import { isRevokedKey, keysHistory } from './history.ts';
import { dropEnrolment } from './pendingEnrolments.ts';
import { isTaken } from './takenKeys.ts';

/** How long an assisted enrolment can be seen and revoked before it opens anything. */
const assistedDelayMs = 24 * 60 * 60_000;

/** A patient's key, as the keystore signs it (SPEC.md section 3). */
type PatientKeyPayload = PatientKeyStatement['payload'];

interface PatientRevocationPayload {
  readonly type: 'sotto/patient-key-revoked/v1';
  readonly clinic: ClinicId;
  readonly pseudonym: PatientId;
  readonly credential: CredentialId;
  readonly reason: Revoking['reason'];
  readonly revokedBy: readonly StaffId[];
  readonly revokedAt: string;
}

/** A registered key of a patient. */
export interface PatientCredential {
  readonly statement: PatientKeyStatement;
  readonly entry: PatientKeyPayload;
  readonly publicKey: Bytes;
  readonly counter: number;
  readonly isRevoked: boolean;
}

type Enrolling = Extract<Act, { action: 'enrolPatient' | 'assist' }>;
type Revoking = Extract<Act, { action: 'revokePatient' }>;

export function patientKeyPayload(
  { clinic }: Pick<KeystoreContext, 'clinic'>,
  act: Enrolling,
  at: Date,
): PatientKeyPayload {
  const delayMs = act.action === 'assist' ? assistedDelayMs : 0;
  return {
    type: 'sotto/patient-key/v1',
    ...{ clinic, ...act.entry, visit: act.action === 'assist' ? null : act.visit, enrolledBy: act.by },
    ...{ enrolledAt: at.toISOString(), activeFrom: new Date(at.getTime() + delayMs).toISOString() },
  };
}

export const patientRevocationPayload = (
  { clinic }: Pick<KeystoreContext, 'clinic'>,
  { pseudonym, credential, reason, by }: Revoking,
  at: Date,
): PatientRevocationPayload => ({
  type: 'sotto/patient-key-revoked/v1',
  ...{ clinic, pseudonym, credential, reason, revokedBy: by, revokedAt: at.toISOString() },
});

/**
 * In a visit: of whose it is, once anything was made, or a key enrolled, in it. Before that, only the api says; from then
 * on the visit is that patient's.
 *
 * @returns why it can't be, or null once it is done
 */
export async function enrolPatient(
  context: Pick<KeystoreContext, 'statements'>,
  transaction: Transaction,
  act: Enrolling,
  { statement, counter, at }: { statement: LazyStatement<unknown>; counter: number; at: Date },
): Promise<string | null> {
  const { entry } = act;
  const { credential, pseudonym, kind } = entry;
  if (await isPatientShredded(transaction, pseudonym)) return 'shredded';
  const visit = act.action === 'enrolPatient' ? act.visit : null;
  if (visit !== null && (await isVisitOfAnother(context, transaction, { visit, pseudonym }))) return 'conflict';
  if (await isTaken(transaction, pseudonym, entry)) return 'exists';
  await transaction.insert(patientCredentialTable).values({
    ...{ credential, pseudonym, kind, visit, counter, publicKey: fromBase64url(entry.publicKey) },
    statement: JSON.stringify(statement()),
    enrolledAt: at,
  });
  await dropEnrolment(transaction, credential);
  return null;
}

/**
 * By an officer, or by who enrolled that key.
 *
 * @param role of the one who signs
 * @returns why it can't be, or null once it is done
 */
export async function revokePatient(
  { statements }: KeystoreContext,
  transaction: Transaction,
  { pseudonym, credential, by }: Revoking,
  { statement, role, at }: { statement: LazyStatement<unknown>; role: string; at: Date },
): Promise<string | null> {
  const found = await findPatientCredential(transaction, statements.publicKey, credential);
  if (found?.entry.pseudonym !== pseudonym || found.isRevoked) return 'unknownCredential';
  const isTheirs = by.some((subject) => found.entry.enrolledBy.includes(subject));
  if (role !== officerRole && !isTheirs) return 'denied';
  await transaction
    .update(patientCredentialTable)
    .set({ revokedAt: at, revocation: JSON.stringify(statement()) })
    .where(eq(patientCredentialTable.credential, credential));
  return null;
}

/**
 * The key as it is registered; null if it isn't, or if its row isn't what the keystore signed.
 *
 * @throws LogStopped `damaged` if the log has a revocation that its row has lost
 */
export async function findPatientCredential(
  database: Pick<Database, 'select' | 'execute'>,
  signingKey: Bytes,
  credential: CredentialId,
): Promise<PatientCredential | null> {
  const [row] = await database
    .select()
    .from(patientCredentialTable)
    .where(eq(patientCredentialTable.credential, credential));
  const found = row ? patientCredentialOf(row, signingKey) : null;
  if (found === null) return null;
  const { pseudonym } = found.entry;
  const history = await keysHistory(database, `patient:${pseudonym}`);
  const isRevoked = await isRevokedKey(history, { ...found, enrolled: found.entry }, () =>
    database.select().from(patientCredentialTable).where(eq(patientCredentialTable.pseudonym, pseudonym)),
  );
  return { ...found, isRevoked };
}

function patientCredentialOf(
  row: typeof patientCredentialTable.$inferSelect,
  signingKey: Bytes,
): PatientCredential | null {
  const statement = parseStored(patientKeyStatement, row.statement);
  if (statement === null || !isSigned(signingKey, statement)) return null;
  const entry = statement.payload;
  const isAsSigned =
    entry.credential === row.credential &&
    entry.pseudonym === row.pseudonym &&
    entry.kind === row.kind &&
    entry.visit === row.visit &&
    entry.publicKey === toBase64url(row.publicKey);
  if (!isAsSigned) return null;
  return { statement, entry, publicKey: row.publicKey, counter: row.counter, isRevoked: row.revokedAt !== null };
}

/**
 * Keys of a patient that are alive, or will be, as they were signed.
 *
 * @throws LogStopped `damaged` if the log has a revocation that its row has lost
 */
export async function patientCredentials(
  { database, statements }: Pick<KeystoreContext, 'database' | 'statements'>,
  pseudonym: PatientId,
): Promise<PatientKeyStatement[]> {
  const readRows = () =>
    database.select().from(patientCredentialTable).where(eq(patientCredentialTable.pseudonym, pseudonym));
  const rows = await readRows();
  const history = await keysHistory(database, `patient:${pseudonym}`);
  const alive: PatientKeyStatement[] = [];
  for (const row of rows) {
    const found = patientCredentialOf(row, statements.publicKey);
    if (found === null) continue;
    const isRevoked = await isRevokedKey(history, { ...found, enrolled: found.entry }, readRows);
    if (!isRevoked) alive.push(found.statement);
  }
  return alive;
}

/** The same, with the signed list of them that answers a reader's nonce (SPEC.md section 3). */
export async function listPatientKeys(
  context: Pick<KeystoreContext, 'clinic' | 'database' | 'statements' | 'now'>,
  pseudonym: PatientId,
  nonce: ReadingNonce,
): Promise<PatientKeys> {
  const { clinic, statements, now } = context;
  const readAt = now().toISOString();
  const alive = await patientCredentials(context, pseudonym);
  const keys = alive.map(({ payload }) => payloadHash(payload)).sort();
  const list = { type: 'sotto/patient-keys/v1' as const, clinic, pseudonym, nonce, keys, readAt };
  return { keys: alive, list: statements.sign(list) };
}
