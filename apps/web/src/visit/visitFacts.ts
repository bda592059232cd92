import type { JoinView, Visit } from '@sotto/protocol/clinic';
import type { ParticipantId, StaffId } from '@sotto/protocol/ids';
import type { VisitCallTarget, VisitSnapshot } from '../call/contract.ts';

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
  if (facts.kind === 'patient') return null;
  const { patient, clinician } = facts.visit;
  return [patient, clinician].find((person) => person.participantId === participantId)?.name ?? null;
}

/** As whom somebody came in who was kept out. Whoever it was wasn't that person. */
export function keptOutName({ keptOut }: Pick<VisitSnapshot, 'keptOut'>, facts: VisitFacts, unknown: string): string {
  if (facts.kind === 'patient') return counterpartName(facts);
  const { participantId } = keptOut ?? {};
  return (participantId ? expectedName(facts, participantId) : null) ?? unknown;
}
