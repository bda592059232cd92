import type { Member } from '@sotto/e2ee';
import type { LeafThumbprint, ParticipantId, Role, SessionId } from '@sotto/protocol/ids';
import type { RosterEntry } from '@sotto/protocol/signaling';

/**
 * Who commits when several members could. Every client decides alone from what it verified and from who is
 * connected; a wrong or lying roster only changes who is first, never what may be done: the worker's gate judges that.
 */

/** Each further member in line waits this much longer. */
export const turnMs = 1_000;
/** Departures within this time go out in one commit. */
export const departureBatchMs = 200;
/** Keys are renewed when an epoch is this old; clients stop sealing a minute later. */
export const epochLifetimeMs = 5 * 60_000;
/** People who compare codes hold the renewal up for so long, and no longer than until this age of the epoch. */
const comparisonHoldMs = 2 * 60_000;
const heldEpochMs = 5 * 60_000 + 40_000;
/** Added by nobody for this long (signaling counts 5 s), a clinician opens a new incarnation. */
export const strandedMs = 5_200;
/** How long a leaf waits for its Welcome, at first. */
export const welcomeMs = 15_000;

type TurnMember = Pick<Member, 'participantId' | 'leaf' | 'leafIndex'>;

/** Members whose present leaf is connected, by their place in the tree. */
export function liveMembers<M extends TurnMember>(members: readonly M[], roster: readonly RosterEntry[]): M[] {
  const connected = new Set<LeafThumbprint>(
    roster.filter((entry) => entry.presence === 'present').map((entry) => entry.leaf),
  );
  return members.filter((member) => connected.has(member.leaf)).sort((a, b) => a.leafIndex - b.leafIndex);
}

/**
 * How long this leaf waits before it commits what concerns `affected`.
 *
 * @param self this client's leaf
 * @param affected people whom the commit adds or removes: they don't stand in line for themselves
 */
export function turnDelayMs(
  self: LeafThumbprint,
  affected: ReadonlySet<ParticipantId>,
  members: readonly TurnMember[],
  roster: readonly RosterEntry[],
): number {
  const line = liveMembers(members, roster).filter((member) => !affected.has(member.participantId));
  const place = line.findIndex((member) => member.leaf === self);
  // Not in line by the server's roster: last, so that a server can't silence a member by leaving it out.
  return (place === -1 ? line.length : place) * turnMs;
}

/**
 * How long after an epoch's end of life this leaf renews it. The first in line rotates with the epoch, so that
 * every leaf's own keys get renewed in turn.
 */
export function renewalDelayMs(
  self: LeafThumbprint,
  epoch: number,
  members: readonly TurnMember[],
  roster: readonly RosterEntry[],
): number {
  const line = liveMembers(members, roster);
  const place = line.findIndex((member) => member.leaf === self);
  if (place === -1) return line.length * turnMs;
  return ((place - (epoch % line.length) + line.length) % line.length) * turnMs;
}

/**
 * How long a renewal that is due waits for people who compare codes: sealing stops when the epoch is 6 minutes old, and
 * by then everybody in line must have had a turn.
 *
 * @param comparingSince null if nobody compares
 */
export function renewalHoldMs(now: number, epochSince: number, comparingSince: number | null): number {
  if (comparingSince === null) return 0;
  return Math.max(0, Math.min(comparingSince + comparisonHoldMs, epochSince + heldEpochMs) - now);
}

/**
 * Whether this person's browser may add somebody. A physician's adds a patient only when its own user let that
 * session of that patient in, which the worker compares with the credential; a patient's adds only a physician, whose credential the worker then checks.
 */
export function mayAdd(
  self: Role,
  joiner: { readonly participantId: ParticipantId; readonly role: Role; readonly session: SessionId },
  isAdmitted: (participant: ParticipantId, session: SessionId) => boolean,
): boolean {
  switch (self) {
    case 'physician':
      return joiner.role === 'physician' || isAdmitted(joiner.participantId, joiner.session);
    case 'patient':
      return joiner.role === 'physician';
    case 'guest':
      return false;
  }
}

/** Whether this person's browser may take out somebody who left; an older leaf of whom it adds goes along anyway. */
export function mayRemove(self: Role): boolean {
  return self === 'physician';
}
