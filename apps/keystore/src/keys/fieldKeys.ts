import type { PatientId } from '@sotto/protocol/ids';
import type { Transaction } from '@sotto/service/postgres';
import { inArray } from 'drizzle-orm';
import type { Bytes } from '../bytes.ts';
import { fieldKeyTable, patientKeyTable } from '../database/schema.ts';
import { MasterKeyError } from '../errors.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { keyLength } from '../wrap.ts';
import { fieldKeyAad } from './association.ts';
import { createPatientKey, isWrappingKeyOf, newestPatientKey, withPatientKey } from './patientKeys.ts';
import { unwrapByPatientKey, wrapByPatientKey } from './patientWrap.ts';
import { findShredded, inTurn, isPatientShredded } from './shredding.ts';

/** Those of the patients' field keys that there are, wrapped, each with the patient's key that opens it. */
const findWrapped = (database: Pick<Transaction, 'select'>, pseudonyms: readonly PatientId[]) =>
  database
    .select({ wrapped: fieldKeyTable.wrapped, patientKey: patientKeyTable })
    .from(fieldKeyTable)
    .innerJoin(patientKeyTable, isWrappingKeyOf(fieldKeyTable))
    .where(inArray(fieldKeyTable.pseudonym, [...pseudonyms]));

/** Makes a patient's field key, where there is none and the patient wasn't shredded. */
async function makeFieldKey(context: KeystoreContext, pseudonym: PatientId): Promise<void> {
  const { database, master, clinic, now } = context;
  await database.transaction(async (transaction) => {
    await inTurn(transaction, pseudonym);
    if (await isPatientShredded(transaction, pseudonym)) return;
    if ((await findWrapped(transaction, [pseudonym])).length > 0) return;
    const patientKey =
      (await newestPatientKey(transaction, pseudonym)) ?? (await createPatientKey(context, transaction, pseudonym, 1));
    const { version } = patientKey;
    const key = await master.random(keyLength);
    try {
      const wrapped = await withPatientKey(context, patientKey, (own) =>
        wrapByPatientKey(own, version, key, fieldKeyAad(clinic, pseudonym, version)),
      );
      await transaction.insert(fieldKeyTable).values({ pseudonym, patientVersion: version, wrapped, madeAt: now() });
    } finally {
      key.fill(0);
    }
  });
}

/** What there is to say of one patient; the 32 bytes are the caller's to wipe. */
export type GivenFieldKey =
  | { readonly tag: 'key'; readonly key: Bytes }
  | { readonly tag: 'shredded' | 'none' }
  | { readonly tag: 'damaged'; readonly fault: MasterKeyError };
type WrappedFieldKey = Awaited<ReturnType<typeof findWrapped>>[number];

/** A wrap that is not this patient's, or is damaged: it says nothing of the others. */
const isOfOneWrap = (fault: unknown): fault is MasterKeyError =>
  fault instanceof MasterKeyError && ['authenticity', 'format', 'unknownVersion'].includes(fault.code);

/** @throws whatever keeps every key from being opened */
async function orDamaged(use: Promise<GivenFieldKey>): Promise<GivenFieldKey> {
  try {
    return await use;
  } catch (fault) {
    if (isOfOneWrap(fault)) return { tag: 'damaged', fault };
    throw fault;
  }
}

const openFieldKey = (context: Pick<KeystoreContext, 'clinic' | 'master'>, { wrapped, patientKey }: WrappedFieldKey) =>
  orDamaged(
    withPatientKey(context, patientKey, (own) => {
      const { pseudonym, version } = patientKey;
      const key = unwrapByPatientKey(own, version, wrapped, fieldKeyAad(context.clinic, pseudonym, version));
      return { tag: 'key', key } as const;
    }),
  );

/** Makes those that are missing, one after the other: each takes a connection. @returns whose patient's key is damaged */
async function makeMissing(
  context: KeystoreContext,
  missing: readonly PatientId[],
): Promise<ReadonlyMap<PatientId, GivenFieldKey>> {
  const made = new Map<PatientId, GivenFieldKey>();
  for (const pseudonym of missing) {
    const given = await orDamaged(makeFieldKey(context, pseudonym).then(() => ({ tag: 'none' }) as const));
    if (given.tag === 'damaged') made.set(pseudonym, given);
  }
  return made;
}

/** Opens all of them, or wipes those that did open. @throws MasterKeyError if the master key can't be used */
async function openAll(
  context: KeystoreContext,
  rows: readonly WrappedFieldKey[],
): Promise<ReadonlyMap<PatientId, GivenFieldKey>> {
  const opened = await Promise.allSettled(rows.map((row) => openFieldKey(context, row)));
  const failed = opened.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    for (const one of opened) if (one.status === 'fulfilled' && one.value.tag === 'key') one.value.key.fill(0);
    throw failed.reason;
  }
  const given = new Map<PatientId, GivenFieldKey>();
  for (const [index, one] of opened.entries()) {
    const row = rows[index];
    if (row !== undefined && one.status === 'fulfilled') given.set(row.patientKey.pseudonym, one.value);
  }
  return given;
}

/**
 * Patients' field keys, by which the api seals their names and contacts (SPEC.md section 2).
 *
 * @param make whether those who have none get one, unless everything of them was shredded
 * @returns of each patient what there is: nothing of one keeps the others' from being given
 * @throws MasterKeyError if the master key can't be used: then no key was given
 */
export async function giveFieldKeys(
  context: KeystoreContext,
  pseudonyms: readonly PatientId[],
  make: boolean,
): Promise<ReadonlyMap<PatientId, GivenFieldKey>> {
  const { database } = context;
  const found = await findWrapped(database, pseudonyms);
  const known = new Set(found.map(({ patientKey }) => patientKey.pseudonym));
  const missing = pseudonyms.filter((pseudonym) => !known.has(pseudonym));
  const unmade = make ? await makeMissing(context, missing) : new Map<PatientId, GivenFieldKey>();
  if (make && missing.length > 0) found.push(...(await findWrapped(database, missing)));
  // After the keys: who has none now and isn't among the shredded wasn't shredded before.
  const shredded = await findShredded(database, missing);
  const opened = await openAll(context, found);
  const none = (pseudonym: PatientId) => ({ tag: shredded.has(pseudonym) ? 'shredded' : 'none' }) as const;
  return new Map(
    pseudonyms.map((pseudonym) => [pseudonym, opened.get(pseudonym) ?? unmade.get(pseudonym) ?? none(pseudonym)]),
  );
}
