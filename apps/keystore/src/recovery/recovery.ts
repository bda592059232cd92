import { and, asc, gt, or, sql } from 'drizzle-orm';
import type { Bytes } from '../bytes.ts';
import { patientKeyTable } from '../database/schema.ts';
import { patientKeyAad } from '../keys/association.ts';
import { noteMasterVersion } from '../keys/patientKeys.ts';
import { swapWrap } from '../keys/rotation.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { entryOf, systemActor } from '../log/entry.ts';
import { openRecoveryWrap } from './recoveryWrap.ts';

/**
 * Wraps every patient's key anew by the master key that there is now, out of the recovery wraps: after the old master
 * key was lost. May be called again if it was interrupted.
 *
 * @param seed the recovery key's, from three shares; the caller wipes it
 * @returns how many keys were recovered
 * @throws RecoveryError if a wrap doesn't open, MasterKeyError
 */
export async function recoverPatientKeys(context: KeystoreContext, seed: Bytes, batch = 100): Promise<number> {
  const { database, master, clinic, log, now } = context;
  const masterVersion = await noteMasterVersion(context, database);
  await database.transaction((transaction) =>
    log.append(transaction, [
      entryOf(now(), { ...systemActor, action: 'masterKey.recover', resource: `masterKey:${masterVersion}` }),
    ]),
  );
  let recovered = 0;
  let last: { pseudonym: string; version: number } | null = null;
  for (;;) {
    const rows: (typeof patientKeyTable.$inferSelect)[] = await database
      .select()
      .from(patientKeyTable)
      .where(
        last === null
          ? undefined
          : or(
              sql`${patientKeyTable.pseudonym} > ${last.pseudonym}`,
              and(sql`${patientKeyTable.pseudonym} = ${last.pseudonym}`, gt(patientKeyTable.version, last.version)),
            ),
      )
      .orderBy(asc(patientKeyTable.pseudonym), asc(patientKeyTable.version))
      .limit(batch);
    if (rows.length === 0) break;
    for (const row of rows) {
      const aad = patientKeyAad(clinic, row.pseudonym, row.version);
      const key = await openRecoveryWrap(seed, row.recoveryWrapped, aad);
      try {
        recovered += (await swapWrap(context, row, await master.wrap(key, aad), masterVersion)) ? 1 : 0;
      } finally {
        key.fill(0);
      }
      last = { pseudonym: row.pseudonym, version: row.version };
    }
  }
  await log.cover();
  return recovered;
}
