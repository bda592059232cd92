import type { PatientId } from '@sotto/protocol/ids';
import type { Transaction } from '@sotto/service/postgres';
import { and, eq, inArray } from 'drizzle-orm';
import type { Bytes } from '../bytes.ts';
import { fieldKeyTable, patientKeyTable } from '../database/schema.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { keyLength } from '../wrap.ts';
import { fieldKeyAad } from './association.ts';
import { createPatientKey, newestPatientKey, withPatientKey } from './patientKeys.ts';
import { unwrapByPatientKey, wrapByPatientKey } from './patientWrap.ts';
import { inTurn, isPatientShredded } from './shredding.ts';

/** Those of the patients' field keys that there are, wrapped, each with the patient's key that opens it. */
const findWrapped = (database: Pick<Transaction, 'select'>, pseudonyms: readonly PatientId[]) =>
  database
    .select({ wrapped: fieldKeyTable.wrapped, patientKey: patientKeyTable })
    .from(fieldKeyTable)
    .innerJoin(
      patientKeyTable,
      and(
        eq(patientKeyTable.pseudonym, fieldKeyTable.pseudonym),
        eq(patientKeyTable.version, fieldKeyTable.patientVersion),
      ),
    )
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

/**
 * Patients' field keys, by which the api seals their names and contacts (SPEC.md section 2).
 *
 * @param make whether those who have none get one, unless everything of theirs was shredded
 * @returns 32 bytes each, which the caller wipes; nothing of who has none
 * @throws MasterKeyError if a wrap isn't this patient's, or the master key can't be used
 */
export async function giveFieldKeys(
  context: KeystoreContext,
  pseudonyms: readonly PatientId[],
  make: boolean,
): Promise<ReadonlyMap<PatientId, Bytes>> {
  const found = await findWrapped(context.database, pseudonyms);
  if (make) {
    const known = new Set(found.map(({ patientKey }) => patientKey.pseudonym));
    const missing = pseudonyms.filter((pseudonym) => !known.has(pseudonym));
    // One after the other: each takes a connection.
    for (const pseudonym of missing) await makeFieldKey(context, pseudonym);
    if (missing.length > 0) found.push(...(await findWrapped(context.database, missing)));
  }
  return new Map(await Promise.all(found.map((row) => unwrapFieldKey(context, row))));
}

async function unwrapFieldKey(
  context: Pick<KeystoreContext, 'clinic' | 'master'>,
  { wrapped, patientKey }: Awaited<ReturnType<typeof findWrapped>>[number],
): Promise<[PatientId, Bytes]> {
  const { pseudonym, version } = patientKey;
  const aad = fieldKeyAad(context.clinic, pseudonym, version);
  const key = await withPatientKey(context, patientKey, (own) => unwrapByPatientKey(own, version, wrapped, aad));
  return [pseudonym, key];
}
