import { setTimeout } from 'node:timers/promises';
import type { PatientId } from '@sotto/protocol/ids';
import { and, asc, eq, gt, inArray, isNull, ne, or } from 'drizzle-orm';
import type { PatientIndexes } from './blindIndex.ts';
import type { ClinicContext } from './clinicContext.ts';
import { FieldKeysUnavailable } from './errors.ts';
import type { ApiLog } from './events.ts';
import { type Background, doInBackground } from './inBackground.ts';
import { openFacts, type SealedPatient } from './patientRecord.ts';
import { patientTable } from './schema.ts';

/** Rows that are read and opened at a time: one request to the keystore. */
const batch = 50;
/** Between two of them: the keystore gives 12,000 keys a minute, and people need theirs. */
const pauseMs = 1000;

type Context = Pick<ClinicContext, 'clinicId' | 'database' | 'patientFields' | 'blindIndexes'>;

/** By which nobody is found. */
const nothing = { personIndex: null, familyIndex: null } as const;

/** Patients of the clinic whom nobody has indexed by the key and form of now. */
export const isUnindexed = ({ clinicId, blindIndexes }: Pick<Context, 'clinicId' | 'blindIndexes'>) =>
  and(
    eq(patientTable.clinicId, clinicId),
    or(isNull(patientTable.indexKey), ne(patientTable.indexKey, blindIndexes.indexKey)),
  );

/** Whether it could be indexed: not what doesn't open. @throws FieldKeysUnavailable */
async function indexOne(context: Context, row: SealedPatient): Promise<boolean> {
  const { database, blindIndexes } = context;
  let indexes: PatientIndexes;
  try {
    const facts = await openFacts(context, row);
    indexes = facts === null ? { ...nothing, indexKey: blindIndexes.indexKey } : await blindIndexes.of(facts);
  } catch (fault) {
    if (fault instanceof FieldKeysUnavailable) throw fault;
    return false;
  }
  // Whose date of birth was put right meanwhile is indexed by that already.
  const isStill = and(eq(patientTable.id, row.id), isUnindexed(context));
  await database.update(patientTable).set(indexes).where(isStill);
  return true;
}

/**
 * Indexes whoever isn't by the key and form of now: rows from before there were indexes, and all after the key was replaced.
 *
 * @returns how many it indexed, and how many it left as they were
 * @throws FieldKeysUnavailable, and AbortError once the signal is aborted; what was done before stays done
 */
export async function indexUnindexed(
  context: Context,
  signal?: AbortSignal,
): Promise<{ readonly indexed: number; readonly left: number }> {
  const counts = { indexed: 0, left: 0 };
  let after = '' as PatientId;
  for (;;) {
    const { id, nameSealed, birthDateSealed } = patientTable;
    const rows = await context.database
      .select({ id, nameSealed, birthDateSealed })
      .from(patientTable)
      .where(and(isUnindexed(context), gt(id, after)))
      .orderBy(asc(id))
      .limit(batch);
    const done = await Promise.all(rows.map((row) => indexOne(context, row)));
    for (const isIndexed of done) counts[isIndexed ? 'indexed' : 'left'] += 1;
    const last = rows.at(-1);
    if (last === undefined || rows.length < batch) return counts;
    after = last.id;
    await setTimeout(pauseMs, undefined, { signal });
  }
}

/** Does so at the start, and again until the keystore was there for all of it. Only counts are logged. */
export const indexPatients = (context: Context, log: Pick<ApiLog, 'info' | 'error'>): Background =>
  doInBackground(
    async (signal) => {
      const { indexed, left } = await indexUnindexed(context, signal);
      if (indexed > 0) log.info('patientsIndexed', { count: indexed });
      if (left > 0) log.error('patientsUnindexed', { count: left });
    },
    (error) => log.error('patientsUnindexed', { error }),
  );

/** Has nothing find these any more. */
export async function forgetIndexes(
  { database, clinicId, blindIndexes }: Pick<Context, 'database' | 'clinicId' | 'blindIndexes'>,
  erased: ReadonlySet<PatientId>,
): Promise<void> {
  if (erased.size === 0) return;
  await database
    .update(patientTable)
    // As indexed by now: nobody who read them before does it after this.
    .set({ ...nothing, indexKey: blindIndexes.indexKey })
    .where(and(eq(patientTable.clinicId, clinicId), inArray(patientTable.id, [...erased])));
}
