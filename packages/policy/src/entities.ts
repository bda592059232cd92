import type { EntityJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { ClinicId, ParticipantId, PatientId, StaffId, VisitId } from '@sotto/protocol/ids';
import { datetime, entityUid, network } from './circumstances.ts';

export const roles = ['patient', 'physician', 'nurse', 'guest', 'staff', 'privacyOfficer', 'admin'] as const;
export type Role = (typeof roles)[number];

/** Somebody, by their pseudonym. */
export type Person =
  | { readonly kind: 'staff'; readonly id: StaffId }
  | { readonly kind: 'patient'; readonly id: PatientId }
  /** Somebody whom a clinician lets in for a while: known for one visit. */
  | { readonly kind: 'guest'; readonly id: ParticipantId };

/** One role that a person holds. */
export interface Assignment {
  readonly id: string;
  readonly person: Person;
  readonly role: Role;
  readonly validFrom: Date;
  /** Not valid any more at this instant. */
  readonly validUntil?: Date;
  /** Its holder was suspended before its own end, if it has one (`until`); `isSignedOut` once no live visit keeps their sessions alive. */
  readonly suspended?: { readonly until?: Date; readonly isSignedOut: boolean };
  /** A patient's who signed in by a key of their own, not by a visit's link. */
  readonly isOutsideVisits?: boolean;
  /** CIDR: it counts only from there. */
  readonly network?: string;
  readonly hours?: Hours;
}

/** By the clinic's clock. Over midnight if `to` is less than `from`. */
export interface Hours {
  /** Minutes since midnight, 0 to 1439. */
  readonly from: number;
  /** Minutes since midnight, 1 to 1440; no more within. */
  readonly to: number;
  /** Days on which the hours begin; Monday is 1. */
  readonly days: readonly number[];
}

export interface PatientFacts {
  readonly id: PatientId;
  /** Who cares for them. */
  readonly careTeam: readonly StaffId[];
  readonly legalHold: boolean;
}

/** What something is done to; all of it of the policy's own clinic. */
export type Resource =
  /** `inLiveVisit`: who has a visit of their own that is live, where that was asked. */
  | { readonly type: 'Clinic'; readonly inLiveVisit?: readonly Person[] }
  | { readonly type: 'Patient'; readonly patient: PatientFacts }
  | {
      readonly type: 'Visit';
      readonly id: VisitId;
      readonly patient: PatientFacts;
      /** Who hosts it and who was admitted to it. */
      readonly participants: readonly Person[];
      /** Whether it is going on now: opened, not ended, and not past its time. */
      readonly isLive: boolean;
    }
  | {
      readonly type: 'Object';
      readonly id: string;
      readonly patient: PatientFacts;
      /** Who wrote it and who was in the visit that it comes from. */
      readonly participants: readonly Person[];
      /**
       * Whose it is to hand in, whether that was done, and whether it was begun for a visit that took place, before that was
       * over: where its sealed bytes are asked for.
       */
      readonly sealed?: { readonly writer: StaffId; readonly isFinished: boolean; readonly isOfLiveVisit: boolean };
    }
  /** What was recorded of one patient, of what one person did, or of everybody. */
  | { readonly type: 'AccessLog'; readonly patient?: PatientFacts; readonly person?: Person }
  | { readonly type: 'Account'; readonly staff: StaffId };

const person = ({ kind, id }: Person) => ({ __entity: entityUid('User', `${kind}:${id}`) });
const staff = (id: StaffId) => person({ kind: 'staff', id });

const suspensionOf = ({ until, isSignedOut }: NonNullable<Assignment['suspended']>) => ({
  isSignedOut,
  ...(until === undefined ? {} : { until: datetime(until) }),
});

/** The assignment as Cedar sees it. */
export function assignmentEntity(assignment: Assignment): EntityJson {
  const { validUntil, suspended, hours } = assignment;
  return {
    uid: entityUid('Assignment', assignment.id),
    parents: [entityUid('Role', assignment.role)],
    attrs: {
      user: person(assignment.person),
      validFrom: datetime(assignment.validFrom),
      ...(validUntil === undefined ? {} : { validUntil: datetime(validUntil) }),
      ...(suspended === undefined ? {} : { suspended: suspensionOf(suspended) }),
      ...(assignment.isOutsideVisits === undefined ? {} : { isOutsideVisits: assignment.isOutsideVisits }),
      ...(assignment.network === undefined ? {} : { network: network(assignment.network) }),
      ...(hours === undefined ? {} : { hours: { from: hours.from, to: hours.to, days: [...hours.days] } }),
    },
  };
}

function patientEntity({ id, careTeam, legalHold }: PatientFacts, clinic: ClinicId): EntityJson {
  return {
    uid: entityUid('Patient', id),
    parents: [entityUid('Clinic', clinic)],
    attrs: { self: person({ kind: 'patient', id }), careTeam: careTeam.map(staff), legalHold },
  };
}

function idOf(resource: Resource, clinic: ClinicId): string {
  switch (resource.type) {
    case 'Clinic':
      return clinic;
    case 'Patient':
      return resource.patient.id;
    case 'Visit':
    case 'Object':
      return resource.id;
    case 'AccessLog':
      return resource.patient?.id ?? resource.person?.id ?? clinic;
    case 'Account':
      return resource.staff;
  }
}

/** For whom something belongs to a live visit of their own; undefined where that isn't known. */
function liveFor(resource: Resource): readonly Person[] | undefined {
  switch (resource.type) {
    case 'Clinic':
      return resource.inLiveVisit;
    case 'Visit':
      return resource.isLive ? resource.participants : [];
    case 'Object': {
      if (resource.sealed === undefined) return undefined;
      const { writer, isFinished, isOfLiveVisit } = resource.sealed;
      return isOfLiveVisit && !isFinished ? [{ kind: 'staff', id: writer }] : [];
    }
    case 'Patient':
    case 'AccessLog':
    case 'Account':
      return undefined;
  }
}

/** Whether something belongs to a live visit of somebody's own, as the policies have it (`liveFor`). */
export const isLiveFor = (resource: Resource, { kind, id }: Person): boolean =>
  (liveFor(resource) ?? []).some((one) => one.kind === kind && one.id === id);

/** What it is at present, as far as it is known. */
function stateOf(resource: Resource) {
  const live = liveFor(resource);
  const state = live === undefined ? {} : { liveFor: live.map(person) };
  if (resource.type !== 'Object' || resource.sealed === undefined) return state;
  return { ...state, writer: staff(resource.sealed.writer), finished: resource.sealed.isFinished };
}

/** The resource, first, and what hangs on it. */
export function resourceEntities(resource: Resource, clinic: ClinicId): [EntityJson, ...EntityJson[]] {
  const uid = entityUid(resource.type, idOf(resource, clinic));
  const parents = [entityUid('Clinic', clinic)];
  switch (resource.type) {
    case 'Clinic':
      return [{ uid, parents: [], attrs: stateOf(resource) }];
    case 'Patient':
      return [patientEntity(resource.patient, clinic)];
    case 'Account':
      return [{ uid, parents, attrs: { user: staff(resource.staff) } }];
    case 'AccessLog': {
      const { patient } = resource;
      const user = resource.person === undefined ? {} : { user: person(resource.person) };
      if (patient === undefined) return [{ uid, parents, attrs: user }];
      const of = entityUid('Patient', patient.id);
      const attrs = { ...user, patient: { __entity: of } };
      return [{ uid, parents: [...parents, of], attrs }, patientEntity(patient, clinic)];
    }
    case 'Visit':
    case 'Object': {
      const of = entityUid('Patient', resource.patient.id);
      const attrs = {
        patient: { __entity: of },
        participants: resource.participants.map(person),
        ...stateOf(resource),
      };
      return [{ uid, parents: [...parents, of], attrs }, patientEntity(resource.patient, clinic)];
    }
  }
}
