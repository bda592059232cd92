import { sql } from 'drizzle-orm';
import { activeOfficers } from '../directory/enrolment.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { countRestrictions } from './restricted.ts';

/** How old a version of the master key may be before it is due for another. */
const masterDays = 90;
/** How many officers a clinic needs, so that two are left when one loses a passkey. */
const wantedOfficers = 3;
const dayMs = 24 * 60 * 60_000;

/** What an operator has to know. Counts and dates only. */
export interface KeyStatus {
  readonly provider: string;
  readonly isHardware: boolean;
  readonly masterVersion: number;
  readonly masterSince: string | null;
  readonly patients: number;
  readonly patientKeys: number;
  /** Keys that an older master key wraps: a re-wrap isn't done. */
  readonly leftToRewrap: number;
  readonly objects: number;
  readonly shredded: number;
  readonly held: number;
  readonly restricted: number;
  readonly officers: number;
  readonly logSize: number;
  readonly unwitnessedSince: string | null;
  /** What somebody should do, by code. */
  readonly reminders: readonly ('rotateMaster' | 'finishRewrap' | 'enrolOfficer' | 'witness' | 'notAnHsm')[];
}

export async function keyStatus(context: KeystoreContext): Promise<KeyStatus> {
  const { database, master, log, now } = context;
  const masterVersion = master.versions().length;
  const { rows } = await database.execute<Record<string, string | null>>(sql`select
    (select count(distinct pseudonym) from keystore.patient_key) as patients,
    (select count(*) from keystore.patient_key) as patient_keys,
    (select count(*) from keystore.patient_key where master_version < ${masterVersion}) as left_to_rewrap,
    (select count(*) from keystore.object_key) as objects,
    (select count(*) from keystore.shredded) as shredded,
    (select count(*) from keystore.legal_hold) as held,
    (select seen_at from keystore.master_version where version = ${masterVersion}) as since`);
  const count = (name: string) => Number(rows[0]?.[name] ?? 0);
  const since = rows[0]?.['since'] ?? null;
  const masterSince = since === null ? null : new Date(since);
  const unwitnessedSince = await log.unwitnessedSince();
  const officers = (await activeOfficers(context, database)).size;
  const restricted = await countRestrictions(database, context.statements);
  const isOld = masterSince !== null && now().getTime() - masterSince.getTime() > masterDays * dayMs;
  const { isHardware } = master;
  const due = {
    rotateMaster: isOld,
    finishRewrap: count('left_to_rewrap') > 0,
    enrolOfficer: officers < wantedOfficers,
  };
  const reminders = { ...due, witness: unwitnessedSince !== null, notAnHsm: !isHardware };
  return {
    ...{ provider: master.label, isHardware, masterVersion, officers, restricted },
    masterSince: masterSince?.toISOString() ?? null,
    ...{ patients: count('patients'), patientKeys: count('patient_keys'), leftToRewrap: count('left_to_rewrap') },
    ...{ objects: count('objects'), shredded: count('shredded'), held: count('held') },
    logSize: await log.size(),
    unwitnessedSince: unwitnessedSince?.toISOString() ?? null,
    reminders: (Object.keys(reminders) as (keyof typeof reminders)[]).filter((name) => reminders[name]),
  };
}
