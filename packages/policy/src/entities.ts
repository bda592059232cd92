import type { EntityJson } from '@cedar-policy/cedar-wasm/nodejs';
import { datetime, entityUid, network } from './circumstances.ts';

export const roles = ['patient', 'physician', 'nurse', 'guest', 'staff', 'privacyOfficer', 'admin'] as const;
export type Role = (typeof roles)[number];

/** One role that a person holds. */
export interface Assignment {
  readonly id: string;
  /** The person's pseudonym. */
  readonly user: string;
  readonly role: Role;
  readonly validFrom: Date;
  /** Not valid any more at this instant. */
  readonly validUntil?: Date;
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
  /** The patient's pseudonym. */
  readonly id: string;
  /** Pseudonyms of who cares for them. */
  readonly careTeam: readonly string[];
}

/** What something is done to; ids are pseudonyms. */
export type Resource =
  | { readonly type: 'Clinic'; readonly id: string }
  | { readonly type: 'Patient'; readonly id: string; readonly patient: PatientFacts }
  | {
      readonly type: 'Visit' | 'Object';
      readonly id: string;
      readonly patient: PatientFacts;
      /** Who hosts it, was admitted to it, or wrote it. */
      readonly participants: readonly string[];
    }
  | { readonly type: 'AccessLog'; readonly id: string; readonly patient?: PatientFacts }
  | { readonly type: 'Account'; readonly id: string; readonly user: string };

const user = (id: string) => ({ __entity: entityUid('User', id) });

/** The assignment as Cedar sees it. */
export function assignmentEntity(assignment: Assignment): EntityJson {
  const { validUntil, hours } = assignment;
  return {
    uid: entityUid('Assignment', assignment.id),
    parents: [entityUid('Role', assignment.role)],
    attrs: {
      user: user(assignment.user),
      validFrom: datetime(assignment.validFrom),
      ...(validUntil === undefined ? {} : { validUntil: datetime(validUntil) }),
      ...(assignment.network === undefined ? {} : { network: network(assignment.network) }),
      ...(hours === undefined ? {} : { hours: { from: hours.from, to: hours.to, days: [...hours.days] } }),
    },
  };
}

function patientEntity({ id, careTeam }: PatientFacts, clinic: string): EntityJson {
  return {
    uid: entityUid('Patient', id),
    parents: [entityUid('Clinic', clinic)],
    attrs: { self: user(id), careTeam: careTeam.map(user) },
  };
}

/** The resource and what hangs on it. */
export function resourceEntities(resource: Resource, clinic: string): EntityJson[] {
  const uid = entityUid(resource.type, resource.id);
  const parents = [entityUid('Clinic', clinic)];
  switch (resource.type) {
    case 'Clinic':
      return [{ uid, parents: [], attrs: {} }];
    case 'Patient':
      return [patientEntity(resource.patient, clinic)];
    case 'Account':
      return [{ uid, parents, attrs: { user: user(resource.user) } }];
    case 'AccessLog': {
      const { patient } = resource;
      if (patient === undefined) return [{ uid, parents, attrs: {} }];
      const of = entityUid('Patient', patient.id);
      return [{ uid, parents: [...parents, of], attrs: { patient: { __entity: of } } }, patientEntity(patient, clinic)];
    }
    case 'Visit':
    case 'Object': {
      const of = entityUid('Patient', resource.patient.id);
      const attrs = { patient: { __entity: of }, participants: resource.participants.map(user) };
      return [{ uid, parents: [...parents, of], attrs }, patientEntity(resource.patient, clinic)];
    }
  }
}
