import type { CallCrypto, CommitProposal, EpochChange, Member } from '@sotto/e2ee';
import type { LeafThumbprint, ParticipantId, Role } from '@sotto/protocol/ids';
import type { GroupState, OrderedCommit, RosterEntry, ServerMessage, VisitState } from '@sotto/protocol/signaling';
import { createBackoff } from './backoff.ts';
import {
  departureBatchMs,
  epochLifetimeMs,
  mayAdd,
  mayRemove,
  renewalDelayMs,
  strandedMs,
  turnDelayMs,
} from './committerTurn.ts';
import { createMembershipIntents } from './membershipIntents.ts';
import { createSerialQueue } from './serialQueue.ts';
import type { SignalingClient } from './signalingClient.ts';

/** What of the encryption worker concerns the group. */
export type GroupCrypto = Pick<
  CallCrypto,
  | 'add'
  | 'announceTracks'
  | 'commitAccepted'
  | 'commitRejected'
  | 'createGroup'
  | 'introduce'
  | 'joinWelcome'
  | 'keyPackage'
  | 'processApplication'
  | 'processCommit'
  | 'update'
>;

/** Why this leaf is of no use any more: only a new one gets back in. */
export type LeafLoss = 'removed' | 'forked' | 'rejected' | 'notKept' | 'fault';

export interface GroupSessionOptions {
  readonly crypto: GroupCrypto;
  readonly signaling: Pick<SignalingClient, 'request'>;
  readonly self: { readonly participantId: ParticipantId; readonly role: Role; readonly leaf: LeafThumbprint };
  /** Whether the user of this browser let that person in; asked at each commit. */
  readonly isAdmitted: (participant: ParticipantId) => boolean;
  /** This leaf stands in the group, or doesn't (any more). */
  readonly onMembership: (inGroup: boolean) => void;
  /** This leaf or another one was just added: names and tracks are to be told (again). */
  readonly onNewcomer: () => void;
  /** A person whose key package the worker refused. */
  readonly onRefused: (leaf: LeafThumbprint) => void;
  readonly onLeafLost: (loss: LeafLoss) => void;
  readonly now: () => number;
  readonly random: () => number;
}

/** Departures that nobody told this client of (it was offline) are seen in the roster after this long. */
const absenceMs = 4_000;
const refusalFloorMs = 30;

/**
 * One leaf's way through the visit's MLS group: opens it, gets into it, keeps it up. Everything that changes the
 * group's state runs in one queue, in the order in which signaling delivered it.
 */
export function createGroupSession(options: GroupSessionOptions) {
  const { crypto, signaling, self } = options;
  const intents = createMembershipIntents();
  const refusals = createBackoff(200, 5_000, options.random);
  const queue = createSerialQueue(() => {
    options.onLeafLost('fault');
  });
  let members: readonly Member[] = [];
  let roster: readonly RosterEntry[] = [];
  /** The visit's group as signaling has it. */
  let current: GroupState | null = null;
  /** The group that this leaf stands in. */
  let mine: GroupState | null = null;
  let commitPending = false;
  let closed = false;
  let strandedTimer: ReturnType<typeof setTimeout> | undefined;
  let intentTimer: ReturnType<typeof setTimeout> | undefined;
  let renewalTimer: ReturnType<typeof setTimeout> | undefined;

  // ── getting in ─────────────────────────────────────────────────────────────────────────────────────────────
  async function enter(state: VisitState): Promise<void> {
    current = state.group;
    setRoster(state.roster);
    if (mine !== null && current?.groupId === mine.groupId) {
      await resume();
      // What was told while the connection was away may have been lost.
      options.onNewcomer();
      return;
    }
    leaveGroup();
    if (self.role !== 'physician') return;
    const hasOthers = roster.some(
      (entry) => entry.presence !== 'waiting' && entry.participantId !== self.participantId,
    );
    if (current === null || !hasOthers) await openGroup();
    else awaitAdding();
  }

  /** Nobody may be able to add this leaf: a clinician doesn't wait for that longer than a few seconds. */
  function awaitAdding(): void {
    clearTimeout(strandedTimer);
    if (self.role !== 'physician') return;
    strandedTimer = setTimeout(() => {
      queue.run(openGroup);
    }, strandedMs);
  }

  async function openGroup(): Promise<void> {
    if (mine !== null) return;
    const incarnation = (current?.incarnation ?? 0) + 1;
    const { groupId } = await crypto.createGroup(incarnation);
    const answer = await signaling.request('mls:create', { groupId, incarnation });
    if (!answer.ok) {
      // Somebody else opened one meanwhile, or it isn't known. The worker takes no older incarnation any more.
      lose('notKept');
      return;
    }
    current = { groupId, incarnation, epoch: 0 };
    becomeMember(current);
  }

  function becomeMember(group: GroupState): void {
    clearTimeout(strandedTimer);
    mine = group;
    commitPending = false;
    refusals.reset();
    options.onMembership(true);
    options.onNewcomer();
    scheduleRenewal();
    scheduleIntents(0);
  }

  function leaveGroup(): void {
    if (mine === null) return;
    mine = null;
    commitPending = false;
    clearTimeout(renewalTimer);
    options.onMembership(false);
  }

  /** Asks to be added to a new incarnation, with a key package that nothing has used up. */
  async function askToBeAdded(): Promise<void> {
    const keyPackage = await crypto.keyPackage();
    await signaling.request('mls:rejoin', { keyPackage });
    awaitAdding();
  }

  // ── committing ─────────────────────────────────────────────────────────────────────────────────────────────
  function scheduleIntents(afterMs: number): void {
    clearTimeout(intentTimer);
    if (closed) return;
    intentTimer = setTimeout(() => {
      queue.run(commitDue);
    }, afterMs);
  }

  async function commitDue(): Promise<void> {
    if (mine === null) return;
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
    if (due.joins.length > 0 || due.departures.length > 0) {
      await commit(crypto.add(due.joins, due.departures));
    } else if (due.nextAt !== null) {
      scheduleIntents(Math.max(10, due.nextAt - options.now()));
    }
  }

  function isConnected(leaf: LeafThumbprint): boolean {
    return roster.some((entry) => entry.leaf === leaf && entry.presence === 'present');
  }

  async function commit(preparing: Promise<CommitProposal>): Promise<void> {
    const proposal = await preparing;
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
          scheduleIntents(0);
        }
        return;
      case 'pending':
        break;
    }
    commitPending = true;
    const answer = await signaling.request('mls:commit', proposal.commit);
    if (answer.ok) {
      commitPending = false;
      refusals.reset();
      adopt(await crypto.commitAccepted());
      return;
    }
    if (answer.code === 'unavailable') {
      // Not known whether it was taken. What signaling kept tells, now or after the connection is back.
      await resume();
      return;
    }
    await rejectPending();
    switch (answer.code) {
      case 'conflict':
        await resume();
        break;
      case 'rejoin':
        lose('notKept');
        return;
      case 'forbidden':
      case 'notFound':
      case 'invalid':
        // What was asked for isn't so any more (the person left, the leaf lives): the roster tells it anew.
        intents.clear();
        return;
      case 'wrongState':
      case 'rateLimited':
      case 'internal':
      case 'unauthenticated':
        break;
    }
    scheduleIntents(Math.max(answer.retryAfterMs ?? 0, refusalFloorMs + refusals.next()));
  }

  async function rejectPending(): Promise<void> {
    if (!commitPending) return;
    commitPending = false;
    await crypto.commitRejected();
  }

  function adopt(change: EpochChange): void {
    if (mine !== null) mine = { ...mine, epoch: change.epoch };
    intents.settle(change);
    scheduleRenewal();
    scheduleIntents(0);
    if (change.added.length > 0) options.onNewcomer();
  }

  function scheduleRenewal(): void {
    clearTimeout(renewalTimer);
    if (closed || mine === null) return;
    const { epoch } = mine;
    renewalTimer = setTimeout(
      () => {
        queue.run(async () => {
          if (mine?.epoch === epoch) await commit(crypto.update());
          if (mine?.epoch === epoch) scheduleRenewal();
        });
      },
      epochLifetimeMs + renewalDelayMs(self.leaf, epoch, members, roster),
    );
  }

  // ── following ──────────────────────────────────────────────────────────────────────────────────────────────
  /** Takes in what was missed, and learns whether a pending commit counts. */
  async function resume(): Promise<void> {
    if (mine === null) return;
    const answer = await signaling.request('mls:resume', { groupId: mine.groupId, epoch: mine.epoch });
    if (!answer.ok) {
      // Without a connection the next `visit:enter` comes back to this.
      if (answer.code !== 'unavailable' && answer.code !== 'rateLimited') options.onLeafLost('notKept');
      return;
    }
    for (const commit of answer.value.commits) await process(commit);
    await rejectPending();
    scheduleIntents(0);
  }

  async function process(commit: OrderedCommit): Promise<void> {
    if (mine?.groupId !== commit.groupId) return;
    // Somebody else's commit ended the epoch that the pending one was made for.
    if (commit.from !== self.participantId && commit.epoch === mine.epoch) await rejectPending();
    const outcome = await crypto.processCommit(commit);
    switch (outcome.tag) {
      case 'adopted':
        if (commit.from === self.participantId) commitPending = false;
        adopt(outcome.change);
        return;
      case 'stale':
        return;
      case 'removedSelf':
        lose('removed');
        return;
      case 'rejected':
        lose('rejected');
        return;
      case 'forked':
        lose('forked');
        return;
    }
  }

  function lose(loss: LeafLoss): void {
    leaveGroup();
    options.onLeafLost(loss);
  }

  async function welcome(message: ServerMessage<'mls:welcome'>): Promise<void> {
    if (mine?.groupId === message.groupId) return;
    const outcome = await crypto.joinWelcome(message);
    switch (outcome.tag) {
      case 'joined':
        current = { groupId: message.groupId, incarnation: message.incarnation, epoch: outcome.epoch };
        becomeMember(current);
        return;
      case 'stale':
        // The tree has this leaf already, and no rule lets the same leaf in twice.
        lose('notKept');
        return;
      case 'rejected':
        lose('rejected');
        return;
    }
  }

  async function follow(group: GroupState): Promise<void> {
    current = group;
    if (mine === null || mine.groupId === group.groupId || group.incarnation < mine.incarnation) return;
    leaveGroup();
    await askToBeAdded();
  }

  function setRoster(next: readonly RosterEntry[]): void {
    roster = next;
    const known = new Set(roster.map((entry) => entry.participantId));
    for (const entry of roster) if (entry.presence === 'present') intents.stay(entry.leaf);
    for (const member of members) {
      if (member.isSelf || known.has(member.participantId)) continue;
      // In the future, so that an explicit `mls:remove` or a late roster comes first.
      intents.depart({ participantId: member.participantId, leaf: member.leaf }, options.now() + absenceMs);
    }
    scheduleIntents(0);
  }

  return {
    /** After each `visit:enter` that was answered with the visit's state. */
    enter(state: VisitState): void {
      queue.run(() => enter(state));
    },
    setMembers(next: readonly Member[]): void {
      members = next;
    },
    setRoster,
    group(message: GroupState): void {
      queue.run(() => follow(message));
    },
    join(message: ServerMessage<'mls:join'>): void {
      if (message.participantId === self.participantId) return;
      intents.join(message, options.now());
      scheduleIntents(0);
    },
    remove(message: ServerMessage<'mls:remove'>): void {
      if (message.leaf === self.leaf) return;
      intents.depart(message, options.now());
      scheduleIntents(0);
    },
    commit(message: OrderedCommit): void {
      queue.run(() => process(message));
    },
    welcome(message: ServerMessage<'mls:welcome'>): void {
      queue.run(() => welcome(message));
    },
    application(message: ServerMessage<'mls:application'>): void {
      queue.run(async () => {
        if (mine?.groupId !== message.groupId) return;
        await crypto.processApplication({ from: message.from, message: message.message });
      });
    },
    /** Sends an application message that the worker makes in its turn, so that it is of the epoch it is sent in. */
    tell(make: () => Promise<Uint8Array<ArrayBuffer>>): void {
      queue.run(async () => {
        if (mine === null) return;
        await signaling.request('mls:application', { groupId: mine.groupId, message: await make() });
      });
    },
    close(): void {
      closed = true;
      queue.close();
      clearTimeout(strandedTimer);
      clearTimeout(intentTimer);
      clearTimeout(renewalTimer);
    },
  };
}

export type GroupSession = ReturnType<typeof createGroupSession>;
