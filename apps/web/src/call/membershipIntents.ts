import type { EpochChange, Joiner, LeafRef } from '@sotto/e2ee';
import type { LeafThumbprint, ParticipantId } from '@sotto/protocol/ids';

/** Joins and departures that signaling asked for and that no commit has settled yet. */
export interface MembershipIntents {
  /** A newer request of the same person takes the older one's place. */
  join(joiner: Joiner, now: number): void;
  /** Also takes back a join of that leaf. */
  depart(leaf: LeafRef, now: number): void;
  /** Takes back the departure of a leaf that is connected. */
  stay(leaf: LeafThumbprint): void;
  /** Forgets what a commit did. */
  settle(change: EpochChange): void;
  /** Forgets what the worker refused. */
  drop(leaf: LeafThumbprint): void;
  clear(): void;
  /** People whom the open requests concern. */
  affected(): ReadonlySet<ParticipantId>;
  /** Everything that is due at `now`; once a join is due, known departures go along with it. */
  due(now: number, delays: IntentDelays): DueIntents;
}

/** How long this client leaves a request to members before it in line; null when it's not its business. */
export interface IntentDelays {
  readonly join: (joiner: Joiner) => number | null;
  readonly depart: (leaf: LeafRef) => number | null;
}

export interface DueIntents {
  readonly joins: readonly Joiner[];
  readonly departures: readonly LeafRef[];
  /** When the next request falls due, in the unit of `now`; null when none is left. */
  readonly nextAt: number | null;
}

interface Intent<T> {
  readonly subject: T;
  readonly since: number;
}

export function createMembershipIntents(): MembershipIntents {
  const joins = new Map<ParticipantId, Intent<Joiner>>();
  const departures = new Map<LeafThumbprint, Intent<LeafRef>>();

  function dropJoinOf(leaf: LeafThumbprint): void {
    for (const [participant, intent] of joins) if (intent.subject.leaf === leaf) joins.delete(participant);
  }

  return {
    join(joiner, now) {
      joins.set(joiner.participantId, { subject: joiner, since: now });
      departures.delete(joiner.leaf);
    },
    depart(leaf, now) {
      dropJoinOf(leaf.leaf);
      const since = Math.min(now, departures.get(leaf.leaf)?.since ?? now);
      departures.set(leaf.leaf, { subject: leaf, since });
    },
    stay(leaf) {
      departures.delete(leaf);
    },
    settle(change) {
      for (const { leaf } of change.removed) departures.delete(leaf);
      for (const { leaf } of change.added) dropJoinOf(leaf);
    },
    drop(leaf) {
      dropJoinOf(leaf);
      departures.delete(leaf);
    },
    clear() {
      joins.clear();
      departures.clear();
    },
    affected: () =>
      new Set([...joins.keys(), ...[...departures.values()].map((intent) => intent.subject.participantId)]),
    due(now, delays) {
      const dueJoins = split(joins.values(), now, delays.join);
      const dueDepartures = split(departures.values(), now, delays.depart);
      // A commit for a join is made anyway: the departures that this client may commit don't need another one.
      const taken = dueJoins.due.length > 0 ? dueDepartures.due.concat(dueDepartures.later) : dueDepartures.due;
      const waiting = dueJoins.due.length > 0 ? dueJoins.times : [...dueJoins.times, ...dueDepartures.times];
      return { joins: dueJoins.due, departures: taken, nextAt: waiting.length > 0 ? Math.min(...waiting) : null };
    },
  };
}

function split<T>(intents: Iterable<Intent<T>>, now: number, delayOf: (subject: T) => number | null) {
  const due: T[] = [];
  const later: T[] = [];
  const times: number[] = [];
  for (const { subject, since } of intents) {
    const delay = delayOf(subject);
    if (delay === null) continue;
    if (since + delay <= now) {
      due.push(subject);
    } else {
      later.push(subject);
      times.push(since + delay);
    }
  }
  return { due, later, times };
}
