import type { BirthDate, createVisitRequest, TicketGrant, Visit, visitList, visitQuery } from '@sotto/protocol/clinic';
import type { LeafThumbprint, PatientId, StaffId, VisitId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import { and, eq, gt, gte, inArray, lt } from 'drizzle-orm';
import type * as z from 'zod';
import type { InOne } from './audit/inOne.ts';
import { isToCome } from './birthDate.ts';
import { type ClinicContext, credentialsFrom, hoursAfter, opensAheadHours, visitOpenHours } from './clinicContext.ts';
import { type PreparedPatient, prepareNewPatient, storeBirthDate } from './patientRecord.ts';
import { prepareReturningPatient } from './returningPatients.ts';
import { staffSessionTable, visitTable } from './schema.ts';
import { asPhysician, type SignedInStaff, type StaffPass } from './staffSession.ts';
import {
  findVisits,
  isOver,
  maxVisits,
  openListedName,
  openPatientName,
  prepareVisit,
  toVisit,
  unreadName,
  type VisitRecord,
} from './visitRecord.ts';

/** Each operation takes the caller's session, decides whose visits it is about, and then acts. */
type Pass = StaffPass | undefined;

const maxRangeDays = 31;
const maxAheadDays = 366;

/**
 * Does something with a visit of the signed-in clinician's own. Somebody else's visit is `notFound`, as is none.
 */
export const withOwnVisit = <T>(
  context: ClinicContext,
  pass: Pass,
  visitId: VisitId,
  act: (visit: VisitRecord, staff: SignedInStaff) => Promise<Result<T>>,
): Promise<Result<T>> =>
  asPhysician(context, pass, async (staff) => {
    const [visit] = await findVisits(
      context.database,
      context.clinicId,
      and(eq(visitTable.id, visitId), eq(visitTable.clinicianId, staff.id)),
    );
    return visit ? act(visit, staff) : refused('notFound');
  });

/** The clinician's own visits that start in [from, to): at most 31 days, and `invalid` if they are over 500. */
export const listVisits = (
  context: ClinicContext,
  pass: Pass,
  query: z.infer<typeof visitQuery>,
): Promise<Result<z.infer<typeof visitList>>> =>
  asPhysician(context, pass, async (staff) => {
    const from = new Date(query.from);
    const to = new Date(query.to);
    if (from >= to || hoursAfter(from, maxRangeDays * 24) < to) return refused('invalid');
    const records = await findVisits(
      context.database,
      context.clinicId,
      and(eq(visitTable.clinicianId, staff.id), gte(visitTable.startsAt, from), lt(visitTable.startsAt, to)),
    );
    if (records.length > maxVisits) return refused('invalid');
    return accepted({
      visits: await Promise.all(
        records.map(async (record) => toVisit(context, record, await openListedName(context, record))),
      ),
    });
  });

export const readVisit = (context: ClinicContext, pass: Pass, visitId: VisitId): Promise<Result<Visit>> =>
  withOwnVisit(context, pass, visitId, async (visit) =>
    accepted(toVisit(context, visit, await openPatientName(context, visit))),
  );

/** Who a visit is made for: somebody new, unless the request says who of those who were here before. */
async function preparePatient(
  context: ClinicContext,
  asks: StaffId,
  { patientId, patientName, birthDate }: z.infer<typeof createVisitRequest>,
): Promise<Result<PreparedPatient>> {
  if (patientId === undefined) {
    return accepted(await prepareNewPatient(context, { name: patientName, birthDate: birthDate ?? null }));
  }
  if (birthDate === undefined) return refused('invalid');
  return prepareReturningPatient(context, asks, patientId, { patientName, birthDate });
}

/**
 * A visit of the caller's own, from a day ago (it would be over) to a year ahead. `invalid` without the date of birth that the
 * clinic requires, or with one that is to come; of somebody who was here before, as `prepareReturningPatient`.
 *
 * @param inOne what stores it @param onMade told of it before, by pseudonyms
 */
export const createVisit = (
  context: ClinicContext,
  pass: Pass,
  request: z.infer<typeof createVisitRequest>,
  { inOne, onMade }: { inOne: InOne; onMade: (made: { visit: VisitId; patient: PatientId }) => void },
): Promise<Result<Visit>> =>
  asPhysician(context, pass, async (staff) => {
    const startsAt = new Date(request.startsAt);
    const now = context.now();
    if (hoursAfter(startsAt, visitOpenHours) <= now || hoursAfter(now, maxAheadDays * 24) < startsAt) {
      return refused('invalid');
    }
    const { birthDate } = request;
    if (birthDate === undefined ? context.birthDates === 'required' : isToCome(birthDate, now)) {
      return refused('invalid');
    }
    const patient = await preparePatient(context, staff.id, request);
    if (!patient.ok) return patient;
    const made = prepareVisit(context, staff.id, { patient: patient.value, startsAt, minutes: request.minutes });
    onMade(made);
    const stored = await inOne(async (transaction) => {
      await made.insert(transaction);
      return accepted(undefined);
    });
    return stored.ok ? readVisit(context, pass, made.visit) : stored;
  });

/**
 * What the patient's link asks for from now on; `invalid` if it is to come, `wrongState` once the visit is over. A link that is locked
 * stays so.
 */
export const changeBirthDate = (
  context: ClinicContext,
  pass: Pass,
  visitId: VisitId,
  birthDate: BirthDate,
): Promise<Result<undefined>> =>
  withOwnVisit(context, pass, visitId, async (visit) => {
    const now = context.now();
    if (isOver(visit, now)) return refused('wrongState');
    if (isToCome(birthDate, now)) return refused('invalid');
    await storeBirthDate(context, visit.patientId, birthDate);
    return accepted(undefined);
  });

/**
 * Ends a visit for good: no tickets, no links, for anybody. Ending it twice is the same as once. It needs no keystore: without one
 * the answer has no name.
 */
export const endVisit = (context: ClinicContext, pass: Pass, visitId: VisitId): Promise<Result<Visit>> =>
  withOwnVisit(context, pass, visitId, async (visit) => {
    if (visit.status === 'cancelled') return refused('wrongState');
    await context.database
      .update(visitTable)
      .set({ status: 'ended', endedAt: context.now() })
      .where(and(eq(visitTable.id, visit.id), inArray(visitTable.status, ['scheduled', 'open'])));
    const name = await openPatientName(context, visit).catch(() => unreadName);
    return accepted(toVisit(context, { ...visit, status: 'ended' }, name));
  });

/**
 * Whether a session comes into a visit, which is noted of one that isn't locked. A locked one only comes back into the visit for which
 * it last got a ticket before: whoever has its browser in hand gets into no other.
 */
async function letIn(
  { database, now }: ClinicContext,
  { session, isLocked }: SignedInStaff,
  visit: VisitId,
): Promise<boolean> {
  const { id, hostedVisitId, hostedAt } = staffSessionTable;
  if (!isLocked) {
    await database.update(staffSessionTable).set({ hostedVisitId: visit, hostedAt: now() }).where(eq(id, session));
    return true;
  }
  const [hosted] = await database
    .select({ id })
    .from(staffSessionTable)
    .where(and(eq(id, session), eq(hostedVisitId, visit), gt(hostedAt, credentialsFrom(now()))));
  return hosted !== undefined;
}

/** A ticket for the clinician's own leaf; from a day before its start it opens the visit. `locked`: `letIn`. */
export const grantStaffTicket = (
  context: ClinicContext,
  pass: Pass,
  visitId: VisitId,
  leaf: LeafThumbprint,
): Promise<Result<TicketGrant>> =>
  withOwnVisit(context, pass, visitId, async (visit, staff) => {
    const now = context.now();
    if (isOver(visit, now)) return refused('wrongState');
    if (!(await letIn(context, staff, visitId))) return refused('locked');
    // Decided again by the row itself: the visit may have ended since it was read.
    const opened = await context.database
      .update(visitTable)
      .set({ status: visit.startsAt <= hoursAfter(now, opensAheadHours) ? 'open' : visit.status })
      .where(and(eq(visitTable.id, visit.id), inArray(visitTable.status, ['scheduled', 'open'])))
      .returning({ id: visitTable.id });
    if (opened.length === 0) return refused('wrongState');
    return accepted(
      await context.issuer.grant(
        {
          visitId,
          participantId: visit.clinicianParticipant,
          role: 'physician',
          leaf,
          session: staff.session,
          name: staff.name,
        },
        now,
      ),
    );
  });
