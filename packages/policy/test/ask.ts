import type { AccessRequest, Assignment, Circumstances, Clinic, PatientFacts, Resource } from '../src/index.ts';

export const clinic: Clinic = { id: 'clinic-1', timeZone: 'Europe/Madrid' };
/** A Wednesday, 14:30 in Madrid. */
export const now = new Date('2026-06-17T12:30:00Z');
export const physician: Assignment = {
  id: 'a1',
  user: 'clinician-1',
  role: 'physician',
  validFrom: new Date('2026-01-01T00:00:00Z'),
};
export const patient: PatientFacts = { id: 'patient-1', careTeam: ['clinician-1'] };
export const note: Resource & { type: 'Object' | 'Visit' } = {
  type: 'Object',
  id: 'object-1',
  patient,
  participants: ['clinician-1'],
};

/** The plainest opening of a note, with some things changed. */
export function ask(
  changes: Partial<Omit<AccessRequest, 'circumstances'>>,
  circumstances: Partial<Circumstances> = {},
): AccessRequest {
  return {
    assignments: [physician],
    action: 'object:open:note',
    resource: note,
    ...changes,
    circumstances: {
      now,
      address: '10.1.2.3',
      purpose: 'TREAT',
      passkey: true,
      ...circumstances,
    },
  };
}
