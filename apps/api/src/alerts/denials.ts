import type { Act } from '@sotto/alerts';
import type { EntryDraft } from '@sotto/audit';

/** Roles in entries of those who have no account. */
const outsiders: readonly string[] = ['patient', 'guest'];

/**
 * A refusal by the policies, as the rules count it: by what was asked for, so that a page which asks for one thing again and
 * again counts once. Null for what is nobody's in particular, one's own account, and whoever has no account.
 */
export function denialOf({ actor, role, resource, patient, address, time }: EntryDraft): Act | null {
  const [, id] = resource.split(':');
  if (id === undefined || id === actor || outsiders.includes(role)) return null;
  return {
    ...{ actor, request: resource, patient, address, at: new Date(time) },
    ...{ outcome: 'refused', isEmergency: false, isOwnVisit: false, isOwnRelative: false, isHeldUp: false },
  };
}
