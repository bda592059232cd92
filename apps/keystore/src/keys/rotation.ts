import type { PatientId } from '@sotto/protocol/ids';
import { and, asc, eq, lt } from 'drizzle-orm';
import type { Bytes } from '../bytes.ts';
import { patientKeyTable } from '../database/schema.ts';
import { DefectError, PatientShredded } from '../errors.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { entryOf, systemActor } from '../log/entry.ts';
import { patientKeyAad } from './association.ts';
import { createPatientKey, newestPatientKey, noteMasterVersion, withPatientKey } from './patientKeys.ts';
import { isPatientShredded } from './shredding.ts';

/** Makes the next version of the master key: what is wrapped from now on is wrapped by it. @returns its number */
export async function addMasterVersion(context: KeystoreContext): Promise<number> {
  const { database, log, master, now } = context;
  const next = master.versions().length + 1;
  await database.transaction((transaction) =>
    log.append(transaction, [
      entryOf(now(), { ...systemActor, action: 'masterKey.addVersion', resource: `masterKey:${next}` }),
    ]),
  );
  const version = await master.addVersion();
  await noteMasterVersion(context, database);
  await log.cover();
  return version;
}

/**
 * Wraps anew, by the newest master key, what older versions wrapped. Releases go on meanwhile. Killed and called
 * again, it goes on with what is left; two at once do no harm.
 *
 * @param batch rows read at a time
 * @returns how many keys this call wrapped anew
 */
export async function rewrapPatientKeys(context: KeystoreContext, batch = 100): Promise<number> {
  const { database, master, clinic, log, now } = context;
  const masterVersion = await noteMasterVersion(context, database);
  let rewrapped = 0;
  for (;;) {
    const rows = await database
      .select()
      .from(patientKeyTable)
      .where(lt(patientKeyTable.masterVersion, masterVersion))
      .orderBy(asc(patientKeyTable.pseudonym), asc(patientKeyTable.version))
      .limit(batch);
    if (rows.length === 0) break;
    for (const row of rows) {
      const aad = patientKeyAad(clinic, row.pseudonym, row.version);
      const wrapped = await withPatientKey(context, row, (key) => master.wrap(key, aad));
      rewrapped += (await swapWrap(context, row, wrapped, masterVersion)) ? 1 : 0;
    }
  }
  await database.transaction((transaction) =>
    log.append(transaction, [
      entryOf(now(), { ...systemActor, action: 'masterKey.rewrap', resource: `masterKey:${masterVersion}` }),
    ]),
  );
  await log.cover();
  return rewrapped;
}

/** Compares and swaps: a row that changed meanwhile, or was shredded, is left as it is. @returns whether it was swapped */
export async function swapWrap(
  { database }: Pick<KeystoreContext, 'database'>,
  row: { readonly pseudonym: PatientId; readonly version: number; readonly wrapped: Bytes },
  wrapped: Bytes,
  masterVersion: number,
): Promise<boolean> {
  const swapped = await database
    .update(patientKeyTable)
    .set({ wrapped, masterVersion })
    .where(
      and(
        eq(patientKeyTable.pseudonym, row.pseudonym),
        eq(patientKeyTable.version, row.version),
        eq(patientKeyTable.wrapped, row.wrapped),
      ),
    )
    .returning({ version: patientKeyTable.version });
  return swapped.length === 1;
}

/**
 * Makes the next version of a patient's key, for objects to come; older objects keep theirs.
 *
 * @returns its number
 * @throws PatientShredded; DefectError for a patient who has none
 */
export async function rotatePatientKey(context: KeystoreContext, pseudonym: PatientId): Promise<number> {
  const { database, log, now } = context;
  const version = await database.transaction(async (transaction) => {
    if (await isPatientShredded(transaction, pseudonym)) throw new PatientShredded();
    const newest = await newestPatientKey(transaction, pseudonym);
    if (newest === null) throw new DefectError('no such patient');
    const next = newest.version + 1;
    const resource = `patientKey:${next}`;
    await log.append(transaction, [
      entryOf(now(), { ...systemActor, action: 'patientKey.rotate', resource, patient: pseudonym }),
    ]);
    await createPatientKey(context, transaction, pseudonym, next);
    return next;
  });
  await log.cover();
  return version;
}
