import type { LeafThumbprint, ParticipantId, Role } from '@sotto/protocol/ids';
import type { RosterEntry } from '@sotto/protocol/signaling';
import { mayAdd } from './committerTurn.ts';

/** Who else is in the visit, and with which leaf: another text when that changes. */
export function othersIn(roster: readonly RosterEntry[], own: LeafThumbprint): string {
  const entries = roster.filter((entry) => entry.presence !== 'waiting' && entry.leaf !== own);
  return entries.map((entry) => `${entry.leaf} ${entry.presence}`).join();
}

/** Whether somebody is connected who could have added this leaf by now. */
export function hasAdder(
  roster: readonly RosterEntry[],
  self: { readonly participantId: ParticipantId; readonly role: Role },
): boolean {
  return roster.some(
    (entry) =>
      entry.presence === 'present' &&
      entry.participantId !== self.participantId &&
      mayAdd(entry.role, { ...entry, role: self.role }, () => true),
  );
}
