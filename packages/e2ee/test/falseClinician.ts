import { deriveGroupId } from '../src/groupId.ts';
import { encodeIdentity } from '../src/identity.ts';
import type { JoinOutcome } from '../src/outcomes.ts';
import { addOf, type Forgery, HostileMember } from './hostileMember.ts';
import type { ProofChanges, SoftClinician } from './softDirectory.ts';
import type { Client, Person, Visit } from './visit.ts';

/** Somebody for whom an api that is taken over signs all that it can sign, with a proof of their own making. */
export function impostor(
  visit: Visit,
  who: Person,
  by: SoftClinician,
  changes: ProofChanges = {},
): Promise<HostileMember> {
  const identity: Forgery['identity'] = async (credential, leaf) =>
    encodeIdentity({ credential, proof: await by.prove(visit.id, leaf, changes) });
  return HostileMember.make(visit, who, { identity });
}

/** The impostor opens the visit's group and adds a patient to it. */
export async function lure(visit: Visit, hostile: HostileMember, patient: Client): Promise<JoinOutcome> {
  const groupId = await deriveGroupId(visit.clinic.id, visit.id, 1);
  await hostile.open(groupId);
  const { welcome } = await hostile.commit([await addOf(patient)], { kept: true });
  return patient.crypto.joinWelcome({ groupId, incarnation: 1, epoch: 1, welcome });
}
