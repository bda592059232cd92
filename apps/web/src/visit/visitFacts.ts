import type { JoinView, Visit } from '@sotto/protocol/clinic';
import type { ParticipantId, StaffId } from '@sotto/protocol/ids';
import type { VisitCallTarget } from '../call/contract.ts';

/** What the clinic says about the visit, by who looks at it. None of it is verified by the call's encryption. */
export type VisitFacts = { kind: 'patient'; view: JoinView } | { kind: 'physician'; visit: Visit; staffId: StaffId };

export const targetOf = (facts: VisitFacts): VisitCallTarget =>
  facts.kind === 'patient'
    ? { kind: 'patient' }
    : { kind: 'physician', visitId: facts.visit.id, staffId: facts.staffId };

/** The person whom one came to meet. */
export const counterpartName = (facts: VisitFacts): string =>
  facts.kind === 'patient' ? facts.view.clinicianName : facts.visit.patient.name;

/** Whom the clinic expects under this id; null for somebody whom it didn't name. */
export function expectedName(facts: VisitFacts, participantId: ParticipantId): string | null {
  const { patient, clinician } = facts.kind === 'physician' ? facts.visit : expectedByPatient(facts.view);
  return [patient, clinician].find((person) => person.participantId === participantId)?.name ?? null;
}

const expectedByPatient = (view: JoinView) => ({
  patient: { participantId: view.participantId, name: view.patientName },
  clinician: { participantId: view.clinicianParticipantId, name: view.clinicianName },
});
