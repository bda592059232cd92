import type { Person, Resource } from '@sotto/policy';
import { patientId, staffId, visitId } from '@sotto/protocol/ids';
import type { AskedOf } from '@sotto/protocol/policyQuestion';

const noPatient = patientId.parse('-'.repeat(22));
const nobody = staffId.parse('-'.repeat(22));
const noVisit = visitId.parse('-'.repeat(22));

/** Something of a kind, of nobody that there is, as it stands to a person; for questions about what it would be like. */
export function exampleOf(type: Resource['type'], person: Person, of: AskedOf): Resource {
  const isOwn = of === 'own' || of === 'live';
  const patient = {
    id: isOwn && person.kind === 'patient' ? person.id : noPatient,
    careTeam: of !== 'foreign' && person.kind === 'staff' ? [person.id] : [],
    legalHold: false,
  };
  const participants = isOwn ? [person] : [];
  switch (type) {
    case 'Visit':
      return { type, id: noVisit, patient, participants, isLive: of === 'live' };
    case 'Object': {
      const writer = isOwn && person.kind === 'staff' ? person.id : nobody;
      return { type, id: noVisit, patient, participants, sealed: { writer, isFinished: true, isOfLiveVisit: false } };
    }
    case 'Patient':
    case 'AccessLog':
      return { type, patient };
    case 'Account':
      return { type, staff: isOwn && person.kind === 'staff' ? person.id : nobody };
    case 'Clinic':
      return { type };
  }
}
