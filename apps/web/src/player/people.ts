import type { ParticipantId, Role } from '@sotto/protocol/ids';
import type { RecordingChecks } from './messages.ts';

/** Who somebody in a recording is, as far as this page knows. */
export type RecordedPerson =
  | { readonly of: 'clinician' }
  | { readonly of: 'patient' }
  /** Of several with the same role, which. */
  | { readonly of: 'other'; readonly role: Role; readonly number: number };

/** The clinician who asked is known by their passkey; of the others the visit's credentials say the role. */
export function personIn(
  checks: Pick<RecordingChecks, 'askedBy' | 'agreed'>,
  participant: ParticipantId,
): RecordedPerson {
  if (participant === checks.askedBy) return { of: 'clinician' };
  const own = checks.agreed.find((one) => one.participant === participant);
  const role = own?.role ?? 'guest';
  const alike = checks.agreed.filter((one) => one.role === role && one.participant !== checks.askedBy);
  if (role === 'patient' && alike.length === 1) return { of: 'patient' };
  return { of: 'other', role, number: alike.findIndex((one) => one.participant === participant) + 1 };
}
