import type { Guest } from '@sotto/protocol/guests';
import type { ParticipantId } from '@sotto/protocol/ids';
import type { ActionOutcome, VisitSnapshot } from '../call/contract.ts';

export type GuestWhereabouts = 'inside' | 'waiting' | 'away';

/** @param snapshot who is there; null outside of the visit */
export function whereaboutsIn(
  snapshot: Pick<VisitSnapshot, 'people' | 'waiting'> | null,
): (id: ParticipantId) => GuestWhereabouts {
  const isAmong = (people: readonly { readonly participantId: ParticipantId }[] | undefined, id: ParticipantId) =>
    people?.some(({ participantId }) => participantId === id) === true;
  return (id) => {
    if (isAmong(snapshot?.people, id)) return 'inside';
    return isAmong(snapshot?.waiting, id) ? 'waiting' : 'away';
  };
}

/** Whom the host still has to do with: everybody who is invited, and who isn't any more and is inside all the same. */
export const listed = (guests: readonly Guest[], whereabouts: (id: ParticipantId) => GuestWhereabouts): Guest[] =>
  guests.filter(({ state, participantId }) => state !== 'withdrawn' || whereabouts(participantId) === 'inside');

/**
 * Takes a guest out and turns their link off, each whatever becomes of the other: neither the clinic's server nor
 * the call's can keep somebody inside by refusing.
 *
 * @param putOut null for who isn't there
 * @throws Error unless both are done
 */
export async function sendAway(
  putOut: (() => Promise<ActionOutcome>) | null,
  withdraw: () => Promise<unknown>,
): Promise<void> {
  const [out, withdrawn] = await Promise.allSettled([putOut?.() ?? 'done', withdraw()]);
  if (withdrawn.status === 'rejected') throw new Error('The link wasn’t turned off.', { cause: withdrawn.reason });
  if (out.status === 'rejected' || out.value === 'failed') throw new Error('Not put out.');
}
