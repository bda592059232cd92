import type { BirthDate, Visit } from '@sotto/protocol/clinic';
import {
  type ParticipantId,
  type PatientId,
  participantId,
  type StaffId,
  type VisitId,
  visitId,
} from '@sotto/protocol/ids';
import type { Database, Transaction } from '@sotto/service/postgres';
import { and, desc, eq, isNull, type SQL } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { isLockedAt } from './birthDate.ts';
import { type ClinicContext, hoursAfter, liveAheadHours, visitOpenHours } from './clinicContext.ts';
import { isOfOneKey } from './errors.ts';
import { newId } from './opaqueToken.ts';
import { type PreparedPatient, patientNamePlace, prepareNewPatient } from './patientRecord.ts';
import { invitationTable, participantTable, patientTable, staffTable, visitTable } from './schema.ts';

/** A visit with the people in it, as the database has it: the patient's name is still sealed. */
export interface VisitRecord {
  readonly id: VisitId;
  readonly startsAt: Date;
  readonly minutes: number;
  readonly status: Visit['status'];
  readonly clinicianName: string;
  readonly clinicianParticipant: ParticipantId;
  readonly patientId: PatientId;
  readonly nameSealed: Uint8Array;
  readonly birthDateSealed: Uint8Array | null;
  readonly patientParticipant: ParticipantId;
  /** The patient's newest invitation, whatever became of it. */
  readonly invitation: { expiresAt: Date; revokedAt: Date | null; birthDateTries: number } | null;
}

const clinicianParticipant = alias(participantTable, 'clinician_participant');
const patientParticipant = alias(participantTable, 'patient_participant');

/** As many visits as one answer may have. */
export const maxVisits = 500;

/**
 * Visits of this clinic that meet a condition on `visitTable`, by start. More than `maxVisits` mean that there are
 * too many to list.
 */
export async function findVisits(
  database: Database | Transaction,
  clinicId: ClinicContext['clinicId'],
  condition: SQL | undefined,
): Promise<VisitRecord[]> {
  const newest = database
    .select({
      expiresAt: invitationTable.expiresAt,
      revokedAt: invitationTable.revokedAt,
      birthDateTries: invitationTable.birthDateTries,
    })
    .from(invitationTable)
    .where(and(eq(invitationTable.visitId, visitTable.id), isNull(invitationTable.guestId)))
    .orderBy(desc(invitationTable.createdAt))
    .limit(1)
    .as('newest');
  return database
    .select({
      id: visitTable.id,
      startsAt: visitTable.startsAt,
      minutes: visitTable.minutes,
      status: visitTable.status,
      clinicianName: staffTable.name,
      clinicianParticipant: clinicianParticipant.id,
      patientId: patientTable.id,
      nameSealed: patientTable.nameSealed,
      birthDateSealed: patientTable.birthDateSealed,
      patientParticipant: patientParticipant.id,
      invitation: {
        expiresAt: newest.expiresAt,
        revokedAt: newest.revokedAt,
        birthDateTries: newest.birthDateTries,
      },
    })
    .from(visitTable)
    .innerJoin(staffTable, eq(staffTable.id, visitTable.clinicianId))
    .innerJoin(patientTable, eq(patientTable.id, visitTable.patientId))
    .innerJoin(
      clinicianParticipant,
      and(eq(clinicianParticipant.visitId, visitTable.id), eq(clinicianParticipant.staffId, visitTable.clinicianId)),
    )
    .innerJoin(
      patientParticipant,
      and(eq(patientParticipant.visitId, visitTable.id), eq(patientParticipant.patientId, visitTable.patientId)),
    )
    .leftJoinLateral(newest, eq(visitTable.id, visitTable.id))
    .where(and(eq(visitTable.clinicId, clinicId), condition))
    .orderBy(visitTable.startsAt, visitTable.id)
    .limit(maxVisits + 1);
}

/** Instead of a name that was erased with everything else of the patient's. */
export const erasedName = '—';

export const openPatientName = async (
  { patientFields }: Pick<ClinicContext, 'patientFields'>,
  { patientId, nameSealed }: Pick<VisitRecord, 'patientId' | 'nameSealed'>,
): Promise<string> => (await patientFields.open(patientId, patientNamePlace(patientId), nameSealed)) ?? erasedName;

/** Instead of a name whose key can't be had now: it may be there later. */
export const unreadName = '?';

/** A name among others: where its own key can't be had, the others are shown all the same. @throws FieldKeysUnavailable without the keystore */
export async function openListedName(
  context: Pick<ClinicContext, 'patientFields'>,
  record: Pick<VisitRecord, 'patientId' | 'nameSealed'>,
): Promise<string> {
  try {
    return await openPatientName(context, record);
  } catch (fault) {
    if (isOfOneKey(fault)) return unreadName;
    throw fault;
  }
}

/** Nothing of the visit goes on: it was cancelled, or its time is over. */
export const isClosed = ({ status, startsAt }: Pick<VisitRecord, 'status' | 'startsAt'>, now: Date): boolean =>
  status === 'cancelled' || hoursAfter(startsAt, visitOpenHours) <= now;

/** Nobody gets a ticket or a link any more. */
export const isOver = (visit: Pick<VisitRecord, 'status' | 'startsAt'>, now: Date): boolean =>
  visit.status === 'ended' || isClosed(visit, now);

/** It goes on now: opened, about to start or started, and not over. A visit that is far ahead is opened by nobody's need. */
export const isLive = (visit: Pick<VisitRecord, 'status' | 'startsAt'>, now: Date): boolean =>
  visit.status === 'open' && hoursAfter(visit.startsAt, -liveAheadHours) <= now && !isOver(visit, now);

function invitationState(
  { now, birthDates }: Pick<ClinicContext, 'now' | 'birthDates'>,
  { invitation, birthDateSealed }: VisitRecord,
): Visit['invitation'] {
  if (!invitation) return { state: 'none' };
  if (invitation.revokedAt) return { state: 'revoked' };
  if (invitation.expiresAt <= now()) return { state: 'expired' };
  if (isLockedAt(invitation.birthDateTries)) return { state: 'locked' };
  if (birthDateSealed === null && birthDates === 'required') return { state: 'undated' };
  return { state: 'active', expiresAt: invitation.expiresAt.toISOString() };
}

/** A record as its clinician may see it. */
export function toVisit(
  context: Pick<ClinicContext, 'now' | 'birthDates'>,
  record: VisitRecord,
  patientName: string,
): Visit {
  return {
    id: record.id,
    patient: { name: patientName, participantId: record.patientParticipant },
    clinician: { name: record.clinicianName, participantId: record.clinicianParticipant },
    startsAt: record.startsAt.toISOString(),
    minutes: record.minutes,
    status: record.status,
    invitation: invitationState(context, record),
  };
}

interface NewVisit {
  readonly patient: PreparedPatient;
  readonly startsAt: Date;
  readonly minutes: number;
}

/** A visit that isn't stored yet. */
interface PreparedVisit {
  readonly visit: VisitId;
  readonly patient: PatientId;
  /** Stores it, its patient who is new, and both participants. */
  insert(transaction: Transaction): Promise<void>;
}

/** As `prepareVisit` of a new patient, and stores it. */
export async function insertVisit(
  context: ClinicContext,
  clinicianId: StaffId,
  { patientName: name, birthDate, ...when }: InsertedVisit,
): Promise<Pick<PreparedVisit, 'visit' | 'patient'>> {
  const patient = await prepareNewPatient(context, { name, birthDate: birthDate ?? null });
  const prepared = prepareVisit(context, clinicianId, { patient, ...when });
  await context.database.transaction((transaction) => prepared.insert(transaction));
  return prepared;
}

interface InsertedVisit extends Pick<NewVisit, 'startsAt' | 'minutes'> {
  readonly patientName: string;
  readonly birthDate?: BirthDate | undefined;
}

/** The caller has decided that the clinician may have it. */
export function prepareVisit(
  { clinicId, now }: Pick<ClinicContext, 'clinicId' | 'now'>,
  clinicianId: StaffId,
  { patient, startsAt, minutes }: NewVisit,
): PreparedVisit {
  const id = newId(visitId);
  const patientId = patient.id;
  const createdAt = now();
  return {
    visit: id,
    patient: patientId,
    async insert(transaction) {
      await patient.insert(transaction);
      await transaction
        .insert(visitTable)
        .values({ id, clinicId, clinicianId, patientId, startsAt, minutes, status: 'scheduled', createdAt });
      await transaction.insert(participantTable).values([
        { id: newId(participantId), visitId: id, staffId: clinicianId },
        { id: newId(participantId), visitId: id, patientId },
      ]);
    },
  };
}
