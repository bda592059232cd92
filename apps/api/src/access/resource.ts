import type { PatientFacts, Person, Resource } from '@sotto/policy';
import { visitPath } from '@sotto/protocol/clinic';
import type { ObjectId, PatientId, VisitId } from '@sotto/protocol/ids';
import { staffPath } from '@sotto/protocol/people';
import { entriesQuery, objectPath, pseudonymPath } from '@sotto/protocol/records';
import { and, eq, ne } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import { type ClinicContext, draftHours, hoursAfter } from '../clinicContext.ts';
import { mintedObjectTable, objectRegistrationTable, staffTable, visitTable } from '../schema.ts';
import { isClosed, isLive } from '../visitRecord.ts';
import type { Caller } from './caller.ts';

/** What a route does something to. */
export interface ResourceOf {
  readonly type: Resource['type'];
  /** The part of the route's path that names it; null where something else does. */
  readonly parameter: string | null;
  /** What the request calls it, where that isn't in its path: for the entry of what isn't there. */
  readonly named?: string;
  /** Null if there is no such thing in this clinic. Throws if what names it isn't as the route's schema has it. */
  find(
    context: ClinicContext,
    request: Pick<FastifyRequest, 'params' | 'query'>,
    caller: Caller,
  ): Promise<Resource | null>;
}

/** A patient, and who cares for them: whoever has a visit with them that wasn't cancelled. */
async function patientFacts({ database, clinicId }: ClinicContext, id: PatientId): Promise<PatientFacts> {
  const rows = await database
    .selectDistinct({ id: visitTable.clinicianId })
    .from(visitTable)
    .where(and(eq(visitTable.clinicId, clinicId), eq(visitTable.patientId, id), ne(visitTable.status, 'cancelled')));
  return { id, careTeam: rows.map((row) => row.id), legalHold: false };
}

/** @param guest whose session is of this visit, if it's a guest's */
async function findVisit(context: ClinicContext, id: VisitId, guest: Person | null): Promise<Resource | null> {
  const [visit] = await context.database
    .select({
      clinician: visitTable.clinicianId,
      patient: visitTable.patientId,
      status: visitTable.status,
      startsAt: visitTable.startsAt,
    })
    .from(visitTable)
    .where(and(eq(visitTable.id, id), eq(visitTable.clinicId, context.clinicId)));
  if (visit === undefined) return null;
  const people: Person[] = [
    { kind: 'staff', id: visit.clinician },
    { kind: 'patient', id: visit.patient },
  ];
  const patient = await patientFacts(context, visit.patient);
  const participants = guest === null ? people : [...people, guest];
  return { type: 'Visit', id, patient, participants, isLive: isLive(visit, context.now()) };
}

/** Whether something was begun for a visit that took place, before that was over, and within the last days. */
function isOfLiveVisit(
  {
    status,
    startsAt,
    endedAt,
    mintedAt,
  }: Pick<typeof visitTable.$inferSelect, 'status' | 'startsAt' | 'endedAt'> & { mintedAt: Date },
  now: Date,
): boolean {
  if (hoursAfter(mintedAt, draftHours) <= now) return false;
  const tookPlace = status === 'open' || status === 'ended';
  return tookPlace && !isClosed({ status, startsAt }, mintedAt) && (endedAt === null || mintedAt < endedAt);
}

async function findObject(context: ClinicContext, id: ObjectId): Promise<Resource | null> {
  const [object] = await context.database
    .select({
      writer: mintedObjectTable.staffId,
      clinician: visitTable.clinicianId,
      patient: visitTable.patientId,
      registered: objectRegistrationTable.id,
      status: visitTable.status,
      startsAt: visitTable.startsAt,
      endedAt: visitTable.endedAt,
      mintedAt: mintedObjectTable.mintedAt,
    })
    .from(mintedObjectTable)
    .innerJoin(visitTable, eq(visitTable.id, mintedObjectTable.visitId))
    .leftJoin(objectRegistrationTable, eq(objectRegistrationTable.id, mintedObjectTable.id))
    .where(and(eq(mintedObjectTable.id, id), eq(visitTable.clinicId, context.clinicId)));
  if (object === undefined) return null;
  const { writer, clinician, registered } = object;
  const patient = await patientFacts(context, object.patient);
  const participants: Person[] = [
    { kind: 'staff', id: writer },
    { kind: 'staff', id: clinician },
    { kind: 'patient', id: patient.id },
  ];
  const sealed = { writer, isFinished: registered !== null, isOfLiveVisit: isOfLiveVisit(object, context.now()) };
  return { type: 'Object', id, patient, participants, sealed };
}

/** What belongs to nobody in particular, or to whoever asks. */
export const clinic: ResourceOf = { type: 'Clinic', parameter: null, find: async () => ({ type: 'Clinic' }) };

/** The clinic, with whether whoever asks has a visit of their own that is live. */
export const clinicOfVisits: ResourceOf = {
  type: 'Clinic',
  parameter: null,
  async find({ database, clinicId, now }, _request, { person }) {
    if (person.kind !== 'staff') return { type: 'Clinic' };
    const visits = await database
      .select({ status: visitTable.status, startsAt: visitTable.startsAt })
      .from(visitTable)
      .where(
        and(eq(visitTable.clinicId, clinicId), eq(visitTable.clinicianId, person.id), eq(visitTable.status, 'open')),
      );
    return { type: 'Clinic', inLiveVisit: visits.some((visit) => isLive(visit, now())) ? [person] : [] };
  },
};

export const visitOfPath: ResourceOf = {
  type: 'Visit',
  parameter: 'visitId',
  find: (context, { params }) => findVisit(context, visitPath.loose().parse(params).visitId, null),
};

/** The visit whose link opened the session. */
export const visitOfSession: ResourceOf = {
  type: 'Visit',
  parameter: null,
  find: async (context, _request, { visit, person }) =>
    visit === null ? null : findVisit(context, visit, person.kind === 'guest' ? person : null),
};

export const objectOfPath: ResourceOf = {
  type: 'Object',
  parameter: 'objectId',
  find: (context, { params }) => findObject(context, objectPath.loose().parse(params).objectId),
};

/** Also of a patient whom the clinic's records have lost: the keystore may know them. */
export const patientOfPath: ResourceOf = {
  type: 'Patient',
  parameter: 'pseudonym',
  find: async (context, { params }) => ({
    type: 'Patient',
    patient: await patientFacts(context, pseudonymPath.loose().parse(params).pseudonym),
  }),
};

/** The patient whose session it is. */
export const ownPatient: ResourceOf = {
  type: 'Patient',
  parameter: null,
  find: async (context, _request, { person }) =>
    person.kind === 'patient' ? { type: 'Patient', patient: await patientFacts(context, person.id) } : null,
};

/** Somebody of the staff. */
export const accountOfPath: ResourceOf = {
  type: 'Account',
  parameter: 'staffId',
  async find({ database, clinicId }, { params }) {
    const { staffId: id } = staffPath.loose().parse(params);
    const isThere = await database.$count(staffTable, and(eq(staffTable.id, id), eq(staffTable.clinicId, clinicId)));
    return isThere > 0 ? { type: 'Account', staff: id } : null;
  },
};

/** All of the platform's own log, whoever's acts are looked for in it. */
export const wholeLog: ResourceOf = { type: 'AccessLog', parameter: null, find: async () => ({ type: 'AccessLog' }) };

/** What was recorded of whom a query names (`entriesQuery`): one patient, whoever asks, or everybody. */
export const logOfQuery: ResourceOf = {
  type: 'AccessLog',
  parameter: null,
  async find(context, { query }, { person }) {
    const { about, patient } = entriesQuery.parse(query);
    if (about === 'all' || about === 'person') return { type: 'AccessLog' };
    // What a patient did and what was done with the patient's objects is one chain.
    const id = about === 'patient' ? (patient ?? null) : null;
    if (id !== null) return { type: 'AccessLog', patient: await patientFacts(context, id) };
    if (person.kind === 'patient') return { type: 'AccessLog', patient: await patientFacts(context, person.id) };
    return { type: 'AccessLog', person };
  },
};
