import { timingSafeEqual } from 'node:crypto';
import type { BirthDate } from '@sotto/protocol/clinic';
import type { PatientId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import { and, eq, lt, sql } from 'drizzle-orm';
import type { ClinicContext } from './clinicContext.ts';
import { birthDatePlace } from './patientRecord.ts';
import { type InvitationId, invitationTable, patientTable } from './schema.ts';

/** A patient's date of birth guards a link that reached somebody else; it authenticates nothing. */

/** How often those who have a link may be wrong, all together, before it opens nothing more. */
const maxTries = 5;

/** Of a link that wasn't locked by wrong dates. */
export const isUnlocked = lt(invitationTable.birthDateTries, maxTries);
export const isLockedAt = (tries: number): boolean => tries >= maxTries;

export const isToCome = (date: BirthDate, now: Date): boolean => new Date(date) > now;

/** Undefined where the clinic has none; null for a patient who was erased. */
export async function openBirthDate(
  { database, patientFields }: ClinicContext,
  patient: PatientId,
): Promise<BirthDate | null | undefined> {
  const [row] = await database
    .select({ sealed: patientTable.birthDateSealed })
    .from(patientTable)
    .where(eq(patientTable.id, patient));
  return row?.sealed ? patientFields.open(patient, birthDatePlace(patient), row.sealed) : undefined;
}

/** How many were taken with this one, which counts whatever comes after it; null where none was left. */
async function takeTry({ database }: ClinicContext, invitation: InvitationId): Promise<number | null> {
  const [taken] = await database
    .update(invitationTable)
    .set({ birthDateTries: sql`${invitationTable.birthDateTries} + 1` })
    .where(and(eq(invitationTable.id, invitation), isUnlocked))
    .returning({ tries: invitationTable.birthDateTries });
  return taken?.tries ?? null;
}

const isLocked = async ({ database }: ClinicContext, invitation: InvitationId): Promise<boolean> =>
  (await database.$count(invitationTable, and(eq(invitationTable.id, invitation), isUnlocked))) === 0;

/**
 * Whether whoever has a patient's link knows their date of birth. Without one it is `invalid`, with a wrong one `forbidden`, which
 * counts; once five were wrong it is `notFound`, as for a link that was turned off. Those tries are the link's, whoever makes them and
 * however many at once, and a right one gives none of the wrong ones back. Where the clinic requires a date and has none it is
 * `conflict`, whatever is said. Not on a transaction: what is refused must count.
 */
export async function checkBirthDate(
  context: ClinicContext,
  { id, patientId }: { readonly id: InvitationId; readonly patientId: PatientId },
  given: BirthDate | undefined,
): Promise<Result<undefined>> {
  if (await isLocked(context, id)) return refused('notFound');
  const known = await openBirthDate(context, patientId);
  if (known === undefined) return context.birthDates === 'optional' ? accepted(undefined) : refused('conflict');
  if (known === null) return refused('notFound');
  if (given === undefined) return refused('invalid');
  // Counted before it is compared: many at once are as many tries.
  const tries = await takeTry(context, id);
  if (tries === null) return refused('notFound');
  if (!timingSafeEqual(Buffer.from(given), Buffer.from(known))) {
    return refused(isLockedAt(tries) ? 'notFound' : 'forbidden');
  }
  await context.database
    .update(invitationTable)
    .set({ birthDateTries: sql`${invitationTable.birthDateTries} - 1` })
    .where(eq(invitationTable.id, id));
  return accepted(undefined);
}
