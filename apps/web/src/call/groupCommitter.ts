import type { CallCrypto, CommitProposal, EpochChange, LeafRef, Member } from '@sotto/e2ee';
import type { LeafThumbprint, ParticipantId, Role, SessionId } from '@sotto/protocol/ids';
import type { GroupState, RosterEntry, ServerMessage } from '@sotto/protocol/signaling';
import { createBackoff } from './backoff.ts';
import {
  departureBatchMs,
  epochLifetimeMs,
  mayAdd,
  mayRemove,
  renewalDelayMs,
  renewalHoldMs,
  turnDelayMs,
} from './committerTurn.ts';
import { createMembershipIntents } from './membershipIntents.ts';
import type { SerialQueue } from './serialQueue.ts';
import type { SignalingClient } from './signalingClient.ts';
import { createTimedRemovals, type Ending } from './timedRemovals.ts';

export interface GroupCommitterOptions {
  readonly crypto: Pick<CallCrypto, 'add' | 'commitAccepted' | 'commitRejected' | 'update' | 'withdrawRemoval'>;
  readonly signaling: Pick<SignalingClient, 'request'>;
  readonly self: { readonly participantId: ParticipantId; readonly role: Role; readonly leaf: LeafThumbprint };
  /** Whether the user of this browser let that session of that person in; asked at each commit. */
  readonly isAdmitted: (participant: ParticipantId, session: SessionId) => boolean;
  /** Whether the user of this browser took them out, maybe with an earlier leaf. */
  readonly isPutOut: (participant: ParticipantId) => boolean;
  /** Everything that changes the group's state runs in here. */
  readonly queue: SerialQueue;
  /** The group that this leaf stands in, or null. */
  readonly group: () => GroupState | null;
  /** Signaling took this leaf's commit. */
  readonly onAdopted: (change: EpochChange) => void;
  /** Takes in what was missed. Runs within the queue. */
  readonly resume: () => Promise<void>;
  /** Signaling doesn't count this leaf among the members any more. */
  readonly onLost: () => void;
  /** A person whose key package or departure the worker refused. */
  readonly onRefused: (leaf: LeafThumbprint) => void;
  readonly now: () => number;
  /** The clock by which credentials end, ms. */
  readonly unixNow: () => number;
  readonly random: () => number;
}

/** Departures that nobody told this client of (it was offline) are seen in the roster after this long. */
const absenceMs = 4_000;
const refusalFloorMs = 30;
const renewalRetryMs = 5_000;

/** What this leaf commits and when: joins and departures in its turn, and the renewal of its keys. */
export function createGroupCommitter(options: GroupCommitterOptions) {
  const { crypto, signaling, self, queue } = options;
  const intents = createMembershipIntents();
  const timed = createTimedRemovals(self.leaf);
  const refusals = createBackoff(200, 5_000, options.random);
  let members: readonly Member[] = [];
  let roster: readonly RosterEntry[] = [];
  let isPending = false;
  /** Whom a commit of this leaf was to remove: while they are in the group the worker seals nothing. */
  const leaving = new Set<LeafThumbprint>();
  let closed = false;
  let intentTimer: ReturnType<typeof setTimeout> | undefined;
  let renewalTimer: ReturnType<typeof setTimeout> | undefined;
  let epochSince = 0;
  /** Since when people compare codes, which another epoch would take away from them. */
  let comparingSince: number | null = null;

  function schedule(afterMs: number): void {
    clearTimeout(intentTimer);
    if (closed) return;
    intentTimer = setTimeout(() => {
      queue.run(commitDue);
    }, afterMs);
  }

  async function commitDue(): Promise<void> {
    if (options.group() === null) return;
    const affected = intents.affected();
    const due = intents.due(options.now(), {
      join: (joiner) => {
        if (!mayAdd(self.role, joiner, options.isAdmitted) || !isConnected(joiner.leaf)) return null;
        const entitled = members.filter((member) => mayAdd(member.role, joiner, () => true));
        return turnDelayMs(self.leaf, affected, entitled, roster);
      },
      depart: () =>
        mayRemove(self.role) ? departureBatchMs + turnDelayMs(self.leaf, affected, members, roster) : null,
    });
    const unix = options.unixNow();
    const over = timed.take(unix, (leaf) => turnDelayMs(self.leaf, new Set([leaf.participantId]), members, roster));
    const overLeaves = new Set(over.due.map(({ leaf }) => leaf));
    const departures = [...over.due, ...due.departures.filter(({ leaf }) => !overLeaves.has(leaf))];
    if (due.joins.length > 0 || departures.length > 0) {
      // For those who are to go and don't: what becomes of the commit is looked at once more.
      if (over.nextAt !== null) schedule(over.nextAt - unix);
      await commit(() => crypto.add(due.joins, departures));
      return;
    }
    const waits = [
      ...(due.nextAt === null ? [] : [due.nextAt - options.now()]),
      ...(over.nextAt === null ? [] : [over.nextAt - unix]),
    ];
    if (waits.length > 0) schedule(Math.max(10, Math.min(...waits)));
  }

  function isConnected(leaf: LeafThumbprint): boolean {
    return roster.some((entry) => entry.leaf === leaf && entry.presence === 'present');
  }

  async function commit(prepare: () => Promise<CommitProposal>): Promise<void> {
    // The one before was never answered: first learn what became of it. Without a connection `enter` comes back here.
    if (isPending) await options.resume();
    if (isPending || options.group() === null) return;
    const proposal = await prepare();
    switch (proposal.tag) {
      case 'nothing':
        intents.clear();
        return;
      case 'refused':
        if (proposal.leaf === null) {
          intents.clear();
        } else {
          intents.drop(proposal.leaf);
          options.onRefused(proposal.leaf);
          schedule(0);
        }
        return;
      case 'pending':
        break;
    }
    isPending = true;
    for (const { leaf } of proposal.commit.removed) leaving.add(leaf);
    const answer = await signaling.request('mls:commit', proposal.commit);
    if (answer.ok) {
      isPending = false;
      refusals.reset();
      options.onAdopted(await crypto.commitAccepted());
      return;
    }
    if (answer.code === 'unavailable') {
      // Not known whether it was taken. What signaling kept tells, now or after the connection is back.
      await options.resume();
      return;
    }
    await rejectPending();
    switch (answer.code) {
      case 'conflict':
        await options.resume();
        break;
      case 'rejoin':
        options.onLost();
        return;
      case 'forbidden':
      case 'notFound':
      case 'invalid':
        // Part of what was asked for isn't so any more: whoever isn't connected goes, the rest is asked for again.
        intents.keepJoins(isConnected);
        break;
      case 'wrongState':
      case 'rateLimited':
      case 'internal':
      case 'unauthenticated':
      case 'locked':
      case 'stepUp':
      case 'noIntent':
      case 'unsealedPhi':
        break;
    }
    schedule(Math.max(answer.retryAfterMs ?? 0, refusalFloorMs + refusals.next()));
  }

  async function rejectPending(): Promise<void> {
    if (!isPending) return;
    isPending = false;
    await crypto.commitRejected();
  }

  /** Is back after all, or was never gone. */
  function stay(leaf: LeafThumbprint): void {
    intents.stay(leaf);
    if (leaving.delete(leaf)) queue.run(() => crypto.withdrawRemoval(leaf));
  }

  /** What was asked for with a leaf that is lost, or in another group, stands: they may be in this one too. */
  function putOutAgain(): void {
    if (options.group() === null) return;
    for (const { isSelf, participantId, leaf } of members)
      if (!isSelf && options.isPutOut(participantId)) timed.putOut({ participantId, leaf });
  }

  function scheduleRenewal(): void {
    const epoch = options.group()?.epoch;
    if (epoch === undefined) clearTimeout(renewalTimer);
    else renewAfter(epoch, epochLifetimeMs + renewalDelayMs(self.leaf, epoch, members, roster));
  }

  function renewAfter(epoch: number, ms: number): void {
    clearTimeout(renewalTimer);
    if (closed) return;
    renewalTimer = setTimeout(() => {
      queue.run(async () => {
        if (options.group()?.epoch !== epoch) return;
        const holdMs = renewalHoldMs(options.now(), epochSince, comparingSince);
        if (holdMs > 0) {
          renewAfter(epoch, holdMs);
          return;
        }
        await commit(() => crypto.update());
        // Refused or unanswered: until it succeeds the epoch ages, and sealing stops a minute after its end of life.
        if (options.group()?.epoch === epoch) renewAfter(epoch, renewalRetryMs);
      });
    }, ms);
  }

  return {
    /** The pending commit was adopted on another way than by its answer. */
    settled(): void {
      isPending = false;
    },
    /** Drops the pending commit, if there is one: another one ended its epoch, or signaling never got it. */
    rejectPending,
    /** A commit was adopted, this leaf's own or another one's. */
    adopted(change: EpochChange): void {
      for (const { leaf } of change.removed) leaving.delete(leaf);
      intents.settle(change);
      timed.settle(change);
      epochSince = options.now();
      scheduleRenewal();
      schedule(0);
    },
    /** This leaf stands in a group now, or doesn't any more. */
    groupChanged(): void {
      isPending = false;
      leaving.clear();
      // What is told of the members of a group one gets into is told before one stands in it.
      if (options.group() === null) timed.clear();
      putOutAgain();
      refusals.reset();
      epochSince = options.now();
      scheduleRenewal();
      schedule(0);
    },
    setMembers(next: readonly Member[]): void {
      members = next;
      putOutAgain();
      schedule(0);
    },
    setRoster(next: readonly RosterEntry[]): void {
      roster = next;
      // Who waits at the door, or stands there with another leaf, isn't inside with this one.
      const inside = new Set(roster.filter(({ presence }) => presence !== 'waiting').map(({ leaf }) => leaf));
      const unix = options.unixNow();
      for (const { leaf, presence } of roster) if (presence === 'present' && !timed.isDue(leaf, unix)) stay(leaf);
      for (const member of members) {
        if (member.isSelf || inside.has(member.leaf)) continue;
        // In the future, so that an explicit `mls:remove` or a late roster comes first.
        intents.depart({ participantId: member.participantId, leaf: member.leaf }, options.now() + absenceMs);
      }
      schedule(0);
    },
    /** Whether people compare codes just now. Only the renewal waits for them: nobody's joining or leaving does. */
    comparing(isOpen: boolean): void {
      if (isOpen) comparingSince ??= options.now();
      else comparingSince = null;
      const epoch = options.group()?.epoch;
      if (isOpen || epoch === undefined) return;
      const dueMs = epochSince + epochLifetimeMs - options.now();
      if (dueMs <= 0) renewAfter(epoch, renewalDelayMs(self.leaf, epoch, members, roster));
    },
    /** Who may be added, or what is due, may be another thing now. */
    reconsider(): void {
      schedule(0);
    },
    join(message: ServerMessage<'mls:join'>): void {
      if (message.participantId === self.participantId) return;
      intents.join(message, options.now());
      schedule(0);
    },
    remove(message: ServerMessage<'mls:remove'>): void {
      if (message.leaf === self.leaf) return;
      intents.depart(message, options.now());
      schedule(0);
    },
    setEndings(endings: readonly Ending[]): void {
      timed.setEndings(endings);
      schedule(0);
    },
    /** The user of this browser wants them out, whoever lists them. */
    putOut(leaf: LeafRef): void {
      timed.putOut(leaf);
      schedule(0);
    },
    close(): void {
      closed = true;
      clearTimeout(intentTimer);
      clearTimeout(renewalTimer);
    },
  };
}
