import type { PatientId } from '@sotto/protocol/ids';
import type { Transaction } from '@sotto/service/postgres';
import { and, desc, eq } from 'drizzle-orm';
import type { Bytes } from '../bytes.ts';
import { type fieldKeyTable, masterVersionTable, type objectKeyTable, patientKeyTable } from '../database/schema.ts';
import { DefectError } from '../errors.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { wrapForRecovery } from '../recovery/recoveryWrap.ts';
import { keyLength, wrapVersion } from '../wrap.ts';
import { patientKeyAad } from './association.ts';

/** Version of a patient's key, and the key as it is stored. */
export interface PatientKey {
  readonly pseudonym: PatientId;
  readonly version: number;
  readonly wrapped: Bytes;
}

/** Joins the key that a row's own key is wrapped under. */
export const isWrappingKeyOf = ({ pseudonym, patientVersion }: typeof objectKeyTable | typeof fieldKeyTable) =>
  and(eq(patientKeyTable.pseudonym, pseudonym), eq(patientKeyTable.version, patientVersion));

/** The newest key of a patient; null if there is none. */
export async function newestPatientKey(
  database: Pick<Transaction, 'select'>,
  pseudonym: PatientId,
): Promise<PatientKey | null> {
  const [row] = await database
    .select()
    .from(patientKeyTable)
    .where(eq(patientKeyTable.pseudonym, pseudonym))
    .orderBy(desc(patientKeyTable.version))
    .limit(1);
  return row ?? null;
}

/**
 * Makes a version of a patient's key, wrapped by the master key and to the recovery key. If another one was first, its
 * key stands and ours was never used.
 */
export async function createPatientKey(
  context: KeystoreContext,
  transaction: Transaction,
  pseudonym: PatientId,
  version: number,
): Promise<PatientKey> {
  const { master, recoveryKey, clinic, now } = context;
  const aad = patientKeyAad(clinic, pseudonym, version);
  const key = await master.random(keyLength);
  try {
    const wrapped = await master.wrap(key, aad);
    const recoveryWrapped = await wrapForRecovery(recoveryKey, key, aad);
    await noteMasterVersion(context, transaction);
    // Not the newest: another process may have made that meanwhile.
    const masterVersion = wrapVersion(wrapped);
    await transaction
      .insert(patientKeyTable)
      .values({ pseudonym, version, masterVersion, wrapped, recoveryWrapped, madeAt: now() })
      .onConflictDoNothing();
  } finally {
    key.fill(0);
  }
  const [row] = await transaction
    .select()
    .from(patientKeyTable)
    .where(and(eq(patientKeyTable.pseudonym, pseudonym), eq(patientKeyTable.version, version)));
  if (!row) throw new DefectError('patient key');
  return row;
}

/** Remembers when a version of the master key was first seen, for reminders. @returns the newest */
export async function noteMasterVersion(
  { master, now }: Pick<KeystoreContext, 'master' | 'now'>,
  database: Pick<Transaction, 'insert'>,
): Promise<number> {
  const rows = master.versions().map((version) => ({ version, provider: master.provider, seenAt: now() }));
  await database.insert(masterVersionTable).values(rows).onConflictDoNothing();
  return rows.length;
}

/**
 * Uses a patient's key, which is in memory only meanwhile.
 *
 * @throws MasterKeyError if the wrap isn't this patient's and version's, or the master key can't be used
 */
export async function withPatientKey<T>(
  { master, clinic }: Pick<KeystoreContext, 'master' | 'clinic'>,
  { pseudonym, version, wrapped }: PatientKey,
  use: (key: Bytes) => T | Promise<T>,
): Promise<T> {
  const key = await master.unwrap(wrapped, patientKeyAad(clinic, pseudonym, version));
  try {
    return await use(key);
  } finally {
    key.fill(0);
  }
}
