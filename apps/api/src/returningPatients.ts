import { createClinicHours } from '@sotto/alerts';
import { type BirthDate, type FoundPatients, maxFoundPatients } from '@sotto/protocol/clinic';
import type { PatientId, StaffId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import { and, desc, eq, inArray, lte } from 'drizzle-orm';
import type { ClinicContext } from './clinicContext.ts';
import { foldName } from './foldedName.ts';
import { isUnindexed } from './indexedPatients.ts';
import { openFacts, type PreparedPatient } from './patientRecord.ts';
import { patientTable, visitTable } from './schema.ts';

/** Patients who were here before: found by name and date of birth, opened to whoever types both. */

interface Typed {
  readonly patientName: string;
  readonly birthDate: BirthDate;
}

/**
 * Whoever has this name, as names are compared, and this date of birth: as the index says, and as their sealed fields do, so that
 * an index that was changed finds nobody else. Nobody who was erased.
 */
async function findSame(context: ClinicContext, { patientName, birthDate }: Typed): Promise<PatientId[]> {
  const { database, clinicId, blindIndexes } = context;
  const index = await blindIndexes.person(patientName, birthDate);
  if (index === null) return [];
  const { id, nameSealed, birthDateSealed } = patientTable;
  const rows = await database
    .select({ id, nameSealed, birthDateSealed })
    .from(patientTable)
    .where(and(eq(patientTable.clinicId, clinicId), eq(patientTable.personIndex, index)))
    .orderBy(desc(patientTable.createdAt))
    .limit(maxFoundPatients);
  const known = await Promise.all(rows.map((row) => openFacts(context, row)));
  const name = foldName(patientName);
  return rows.flatMap((row, place) => {
    const facts = known[place];
    return facts && foldName(facts.name) === name && facts.birthDate === birthDate ? [row.id] : [];
  });
}

/** The last visit of each that took place. */
async function lastVisits({ database, clinicId, now }: ClinicContext, patients: readonly PatientId[]) {
  if (patients.length === 0) return new Map<PatientId, never>();
  const { patientId, startsAt, clinicianId } = visitTable;
  const tookPlace = and(inArray(visitTable.status, ['open', 'ended']), lte(startsAt, now()));
  const rows = await database
    .selectDistinctOn([patientId], { patientId, startsAt, clinicianId })
    .from(visitTable)
    .where(and(eq(visitTable.clinicId, clinicId), inArray(patientId, [...patients]), tookPlace))
    .orderBy(patientId, desc(startsAt));
  return new Map(rows.map((row) => [row.patientId, row]));
}

/**
 * The clinic's patients of whom both were typed, and no more of each than it takes to tell whether it's them: the day on which they
 * were here last, and whether with whoever asks.
 *
 * @param timeZone by whose clock days are told
 */
export async function findPatients(
  context: ClinicContext,
  asks: StaffId,
  typed: Typed,
  timeZone: string,
): Promise<FoundPatients> {
  const ids = await findSame(context, typed);
  const visits = await lastVisits(context, ids);
  const dayOf = createClinicHours(timeZone);
  const isAll = (await context.database.$count(patientTable, isUnindexed(context))) === 0;
  return {
    patients: ids.map((id) => {
      const last = visits.get(id);
      return { id, lastVisit: last ? { on: dayOf(last.startsAt).day, isOwn: last.clinicianId === asks } : null };
    }),
    isAll,
  };
}

/**
 * One who was here before, for a further visit. `notFound` unless they are of this clinic, were not erased, and what was typed is
 * theirs: a pseudonym alone, which others read in logs, makes nobody their clinician. `rateLimited` as looking for them is.
 */
export async function prepareReturningPatient(
  context: ClinicContext,
  asks: StaffId,
  id: PatientId,
  typed: Typed,
): Promise<Result<PreparedPatient>> {
  const taken = await context.limits.lookups.take(asks);
  if (!taken.ok) return taken;
  const found = await findSame(context, typed);
  return found.includes(id) ? accepted({ id, insert: async () => undefined }) : refused('notFound');
}
