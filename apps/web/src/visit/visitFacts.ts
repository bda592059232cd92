import type { GuestJoinView, PatientJoinView, Visit } from '@sotto/protocol/clinic';
import type { ParticipantId, StaffId } from '@sotto/protocol/ids';
import type { VisitCallTarget } from '../call/contract.ts';

/** What the clinic says about the visit, by who looks at it. None of it is verified by the call's encryption. */
export type VisitFacts =
  | { kind: 'patient'; view: PatientJoinView }
  | { kind: 'guest'; view: GuestJoinView }
  | { kind: 'physician'; visit: Visit; staffId: StaffId };

export const targetOf = (facts: VisitFacts): VisitCallTarget =>
  facts.kind === 'physician'
    ? { kind: 'physician', visitId: facts.visit.id, staffId: facts.staffId }
    : { kind: facts.kind };

/** The person whom one came to meet. */
export const counterpartName = (facts: VisitFacts): string =>
  facts.kind === 'physician' ? facts.visit.patient.name : facts.view.clinicianName;

/** Whom the clinic expects under this id, guests aside; null for somebody whom it didn't name. */
export function expectedName(facts: VisitFacts, participantId: ParticipantId): string | null {
  return expected(facts).find((person) => person.participantId === participantId)?.name ?? null;
}

function expected(facts: VisitFacts): readonly { participantId: ParticipantId; name: string }[] {
  if (facts.kind === 'physician') return [facts.visit.patient, facts.visit.clinician];
  const { participantId, clinicianParticipantId, clinicianName } = facts.view;
  const name = facts.kind === 'patient' ? facts.view.patientName : facts.view.guestName;
  return [
    { participantId, name },
    { participantId: clinicianParticipantId, name: clinicianName },
  ];
}
