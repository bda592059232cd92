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

/**
 * Whom the consents name as recorded, and of whom no track is here: whoever lists the objects may have left one out.
 *
 * @param recorded of all objects of the recording
 */
export function missingOf(
  recorded: readonly ParticipantId[],
  tracks: readonly { readonly participant: ParticipantId }[],
): ParticipantId[] {
  const here = new Set(tracks.map(({ participant }) => participant));
  return [...new Set(recorded)].filter((participant) => !here.has(participant));
}
