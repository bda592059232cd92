import type { LeafRef, Member } from '@sotto/e2ee';
import type { StandingAdmissions } from './standingAdmissions.ts';

/**
 * Whoever signed a change that every browser refuses runs no client of the clinic's. A guest who did isn't let into another
 * group by the admission that stands: its host has to let them in anew.
 *
 * @param by whose signature the refused commit bears for certain; null where that isn't known
 */
export function takeAdmissionBack(
  by: LeafRef | null,
  members: readonly Pick<Member, 'leaf' | 'participantId' | 'role'>[],
  admissions: Pick<StandingAdmissions, 'remove'>,
): void {
  const signer = members.find(({ leaf, participantId }) => leaf === by?.leaf && participantId === by.participantId);
  if (signer?.role === 'guest') admissions.remove(signer.participantId);
}
