import type { Resource } from '@sotto/policy';
import { visitPath } from '@sotto/protocol/clinic';
import { staffPath } from '@sotto/protocol/people';
import { entriesQuery, objectPath, pseudonymPath } from '@sotto/protocol/records';
import { and, eq } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import type { ClinicContext } from '../clinicContext.ts';
import { visitTable } from '../schema.ts';
import { isLive } from '../visitRecord.ts';
import type { Caller } from './caller.ts';
import { account, findPatientFacts, findStored, object, patient, type Stored, visitWith } from './stored.ts';

/** What a route does something to. */
export interface ResourceOf {
  readonly type: Resource['type'];
  /** The part of the route's path that names it; null where something else does. */
  readonly parameter: string | null;
  /** Of what the request alone names: it is read with the session of who asks. */
  readonly stored?: { readonly what: Stored; readonly idOf: (request: Pick<FastifyRequest, 'params'>) => string };
  /** What the request calls it, where that isn't in its path: for the entry of what isn't there. */
  readonly named?: string;
  /** Null if there is no such thing in this clinic. Throws if what names it isn't as the route's schema has it. */
  find(
    context: ClinicContext,
    request: Pick<FastifyRequest, 'params' | 'query'>,
    caller: Caller,
  ): Promise<Resource | null>;
}

const storedOf = (type: Resource['type'], parameter: string, stored: Required<ResourceOf>['stored']): ResourceOf => ({
  ...{ type, parameter, stored },
  find: (context, request) => findStored(context, stored.what, stored.idOf(request)),
});

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

export const visitOfPath = storedOf('Visit', 'visitId', {
  what: visitWith(null),
  idOf: ({ params }) => visitPath.loose().parse(params).visitId,
});

/** The visit whose link opened the session. */
export const visitOfSession: ResourceOf = {
  type: 'Visit',
  parameter: null,
  find: async (context, _request, { visit, person }) =>
    visit === null ? null : findStored(context, visitWith(person.kind === 'guest' ? person : null), visit),
};

export const objectOfPath = storedOf('Object', 'objectId', {
  what: object,
  idOf: ({ params }) => objectPath.loose().parse(params).objectId,
});

export const patientOfPath = storedOf('Patient', 'pseudonym', {
  what: patient,
  idOf: ({ params }) => pseudonymPath.loose().parse(params).pseudonym,
});

/** The patient whose session it is. */
export const ownPatient: ResourceOf = {
  type: 'Patient',
  parameter: null,
  find: async (context, _request, { person }) =>
    person.kind === 'patient' ? { type: 'Patient', patient: await findPatientFacts(context, person.id) } : null,
};

/** Somebody of the staff. */
export const accountOfPath = storedOf('Account', 'staffId', {
  what: account,
  idOf: ({ params }) => staffPath.loose().parse(params).staffId,
});

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
    if (id !== null) return { type: 'AccessLog', patient: await findPatientFacts(context, id) };
    if (person.kind === 'patient') return { type: 'AccessLog', patient: await findPatientFacts(context, person.id) };
    return { type: 'AccessLog', person };
  },
};
