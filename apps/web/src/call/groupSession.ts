import type { CallCrypto, EpochChange, Member } from '@sotto/e2ee';
import type { GroupId, LeafThumbprint, ParticipantId, Role, SessionId } from '@sotto/protocol/ids';
import type { GroupState, OrderedCommit, RosterEntry, ServerMessage, VisitState } from '@sotto/protocol/signaling';
import { strandedMs } from './committerTurn.ts';
import { createGroupCommitter } from './groupCommitter.ts';
import { createSerialQueue } from './serialQueue.ts';
import type { SignalingClient } from './signalingClient.ts';
import type { Ending } from './timedRemovals.ts';
import { hasAdder, othersIn } from './whoMightAdd.ts';

/** What of the encryption worker concerns the group. */
export type GroupCrypto = Pick<
  CallCrypto,
  | 'add'
  | 'chatMessages'
  | 'commitAccepted'
  | 'commitRejected'
  | 'comparisonMessages'
  | 'createGroup'
  | 'joinWelcome'
  | 'keyPackage'
  | 'processApplication'
  | 'processCommit'
  | 'recordingMessages'
  | 'update'
  | 'withdrawRemoval'
>;

/** Why this leaf is of no use any more: only a new one gets back in. */
export type LeafLoss = 'removed' | 'forked' | 'rejected' | 'notKept' | 'unwelcomed' | 'silent' | 'fault';

export interface GroupSessionOptions {
  readonly crypto: GroupCrypto;
  readonly signaling: Pick<SignalingClient, 'request'>;
  readonly self: { readonly participantId: ParticipantId; readonly role: Role; readonly leaf: LeafThumbprint };
  /** The id of the visit's group of that incarnation. */
  readonly groupIdOf: (incarnation: number) => Promise<GroupId>;
  /** Whether the user of this browser let that session of that person in; asked at each commit. */
  readonly isAdmitted: (participant: ParticipantId, session: SessionId) => boolean;
  /** Whether the user of this browser took them out, maybe with an earlier leaf. */
  readonly isPutOut: (participant: ParticipantId) => boolean;
  /** With somebody there who could add it, a leaf that is in no group after this long takes its Welcome for lost. */
  readonly welcomeMs: number;
  /** This leaf stands in the group, or doesn't (any more). */
  readonly onMembership: (inGroup: boolean) => void;
  /** This leaf or another one was just added: names and tracks are to be told (again). */
  readonly onNewcomer: () => void;
  /** A person whose key package the worker refused. */
  readonly onRefused: (leaf: LeafThumbprint) => void;
  readonly onLeafLost: (loss: LeafLoss) => void;
  readonly now: () => number;
  readonly unixNow: () => number;
  readonly random: () => number;
}

const tellAgainMs = 1_000;
/** Signaling is asked no more often whether this leaf has what the others have. */
const doubtMs = 5_000;

/**
 * One leaf's way through the visit's MLS group: opens it, gets into it, keeps it up. Everything that changes the
 * group's state runs in one queue, in the order in which signaling delivered it.
 */
export function createGroupSession(options: GroupSessionOptions) {
  const { crypto, signaling, self } = options;
  const queue = createSerialQueue(() => {
    options.onLeafLost('fault');
  });
  /** The visit's group as signaling has it. */
  let current: GroupState | null = null;
  /** The group that this leaf stands in. */
  let mine: GroupState | null = null;
  let entered = false;
  /** Who else is in the visit, and with which leaf: who might add this one. */
  let others = '';
  let members: readonly Member[] = [];
  let isAddable = false;
  let strandedTimer: ReturnType<typeof setTimeout> | undefined;
  let welcomeTimer: ReturnType<typeof setTimeout> | undefined;
  let doubtedAt = -doubtMs;
  const comparison = (again: boolean) => crypto.comparisonMessages(again);
  const chat = (again: boolean) => crypto.chatMessages(again);
  const recording = (again: boolean) => crypto.recordingMessages(again);
  const committer = createGroupCommitter({
    ...options,
    queue,
    group: () => mine,
    onAdopted: adopt,
    resume,
    onLost() {
      lose('notKept');
    },
  });

  /** A Welcome may be lost, and then nobody knows: the others have added this leaf, and can't do so twice. */
  function awaitWelcome(): void {
    if (mine === null && entered && isAddable) {
      welcomeTimer ??= setTimeout(() => {
        queue.run(() => {
          if (mine === null) lose('unwelcomed');
          return Promise.resolve();
        });
      }, options.welcomeMs);
      return;
    }
    clearTimeout(welcomeTimer);
    welcomeTimer = undefined;
  }

  // ── getting in ─────────────────────────────────────────────────────────────────────────────────────────────
  async function enter(state: VisitState): Promise<void> {
    current = state.group;
    entered = true;
    others = othersIn(state.roster, self.leaf);
    committer.setRoster(state.roster);
    isAddable = hasAdder(state.roster, self);
    awaitWelcome();
    if (mine !== null && current?.groupId === mine.groupId) {
      await resume();
      // What was told while the connection was away may have been lost.
      options.onNewcomer();
      send(comparison, true);
      send(chat, true);
      send(recording, true);
      return;
    }
    if (mine !== null) {
      // Signaling has another group, or none (it was restarted); the worker takes none that isn't newer.
      lose('notKept');
      return;
    }
    await openGroup();
  }

  /**
   * A clinician opens the visit's next group when nobody can add them to the one there is. Signaling knows who could,
   * and refuses while somebody might; it is asked again when that may have changed, and after a few seconds.
   */
  async function openGroup(): Promise<void> {
    clearTimeout(strandedTimer);
    if (mine !== null || self.role !== 'physician') return;
    const incarnation = (current?.incarnation ?? 0) + 1;
    const groupId = await options.groupIdOf(incarnation);
    // Asked before the worker makes it: from then on the worker takes no older group any more.
    const answer = await signaling.request('mls:create', { groupId, incarnation });
    if (!answer.ok && answer.code === 'conflict') {
      // The group that signaling knows is another than this leaf thinks: an answer was lost.
      lose('notKept');
      return;
    }
    if (!answer.ok) {
      strandedTimer = setTimeout(() => {
        queue.run(openGroup);
      }, strandedMs);
      return;
    }
    await crypto.createGroup(incarnation);
    current = { groupId, incarnation, epoch: 0 };
    becomeMember(current);
  }

  function becomeMember(group: GroupState): void {
    clearTimeout(strandedTimer);
    mine = group;
    awaitWelcome();
    committer.groupChanged();
    options.onMembership(true);
    options.onNewcomer();
  }

  function leaveGroup(): void {
    if (mine === null) return;
    mine = null;
    committer.groupChanged();
    options.onMembership(false);
  }

  function lose(loss: LeafLoss): void {
    leaveGroup();
    options.onLeafLost(loss);
  }

  // ── following ──────────────────────────────────────────────────────────────────────────────────────────────
  function adopt(change: EpochChange): void {
    if (mine !== null) mine = { ...mine, epoch: change.epoch };
    committer.adopted(change);
    if (change.added.length > 0) options.onNewcomer();
  }

  /**
   * Takes in what was missed, and learns whether a pending commit counts.
   *
   * @param from since which epoch
   */
  async function resume(from = mine?.epoch ?? 0): Promise<void> {
    if (mine === null) return;
    const answer = await signaling.request('mls:resume', { groupId: mine.groupId, epoch: from });
    if (!answer.ok) {
      // Without a connection the next `visit:enter` comes back to this.
      if (answer.code !== 'unavailable' && answer.code !== 'rateLimited') lose('notKept');
      return;
    }
    const { commits } = answer.value;
    if (from < mine.epoch && commits[0]?.epoch !== from) {
      // What this leaf took for the group's last commit signaling doesn't have.
      lose('forked');
      return;
    }
    for (const commit of commits) await process(commit);
    await committer.rejectPending();
    committer.reconsider();
  }

  async function process(commit: OrderedCommit): Promise<void> {
    if (mine?.groupId !== commit.groupId) return;
    const isOwn = commit.from === self.participantId;
    // Somebody else's commit ended the epoch that the pending one was made for.
    if (!isOwn && commit.epoch === mine.epoch) await committer.rejectPending();
    const outcome = await crypto.processCommit(commit);
    switch (outcome.tag) {
      case 'adopted':
        if (isOwn) committer.settled();
        adopt(outcome.change);
        return;
      case 'stale':
        return;
      case 'removedSelf':
        lose('removed');
        return;
      case 'rejected':
      case 'forked':
        lose(outcome.tag);
        return;
    }
  }

  async function welcome(message: ServerMessage<'mls:welcome'>): Promise<void> {
    if (mine?.groupId === message.groupId) return;
    // One of an earlier group: played again, or late.
    if (mine !== null && message.incarnation <= mine.incarnation) return;
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

  /** A new incarnation takes the group's place: this leaf may be added to that one, with an unused key package. */
  async function follow(group: GroupState): Promise<void> {
    current = group;
    if (mine === null || group.incarnation <= mine.incarnation) return;
    leaveGroup();
    awaitWelcome();
    const keyPackage = await crypto.keyPackage();
    await signaling.request('mls:rejoin', { keyPackage });
    await openGroup();
  }

  /**
   * A commit may have been lost on its way, or the group forked. The last one that was taken here is asked for as well: if
   * signaling has another in its place, the worker tells.
   */
  function doubt(): void {
    if (mine === null || options.now() < doubtedAt + doubtMs) return;
    doubtedAt = options.now();
    queue.run(() => resume(Math.max(0, (mine?.epoch ?? 0) - 1)));
  }

  function tell(make: () => Promise<Uint8Array<ArrayBuffer>>): void {
    queue.run(async () => {
      if (mine === null) return;
      const answer = await signaling.request('mls:application', { groupId: mine.groupId, message: await make() });
      // What a broken connection lost is told again after it is back; too much at once only has to wait.
      if (!answer.ok && answer.code === 'rateLimited') setTimeout(tell, answer.retryAfterMs ?? tellAgainMs, make);
    });
  }

  /**
   * Sends what the worker has to say now.
   *
   * @param again also what was sent of it before, which may be lost
   */
  function send(make: (again: boolean) => Promise<Uint8Array<ArrayBuffer>[]>, again: boolean): void {
    queue.run(async () => {
      if (mine === null) return;
      const { groupId } = mine;
      for (const message of await make(again)) {
        const answer = await signaling.request('mls:application', { groupId, message });
        if (answer.ok) continue;
        if (answer.code === 'rateLimited') setTimeout(send, answer.retryAfterMs ?? tellAgainMs, make, true);
        return;
      }
    });
  }

  return {
    /** After each `visit:enter` that was answered with the visit's state. */
    enter(state: VisitState): void {
      queue.run(() => enter(state));
    },
    /** Signaling holds this person for somebody who waits at the door. */
    turnedOut(): void {
      queue.run(() => {
        if (mine !== null) lose('notKept');
        return Promise.resolve();
      });
    },
    setMembers(next: readonly Member[]): void {
      members = next;
      committer.setMembers(next);
    },
    /** When each member's time ends. */
    setEndings(endings: readonly Ending[]): void {
      committer.setEndings(endings);
    },
    /** Takes somebody out who is there; only a host's commit does. False without a group that they are in. */
    putOut(participantId: ParticipantId): boolean {
      const member = members.find((one) => one.participantId === participantId && !one.isSelf);
      if (mine === null || member === undefined) return false;
      committer.putOut({ participantId, leaf: member.leaf });
      return true;
    },
    setRoster(roster: readonly RosterEntry[]): void {
      committer.setRoster(roster);
      isAddable = hasAdder(roster, self);
      awaitWelcome();
      const leaves = othersIn(roster, self.leaf);
      if (leaves === others) return;
      others = leaves;
      // Whoever could have added this leaf may be gone, or back as one that has to be added too.
      if (entered && mine === null) queue.run(openGroup);
    },
    /** Who may be added changed. */
    reconsider(): void {
      committer.reconsider();
    },
    group(message: GroupState): void {
      queue.run(() => follow(message));
    },
    join(message: ServerMessage<'mls:join'>): void {
      committer.join(message);
    },
    remove(message: ServerMessage<'mls:remove'>): void {
      committer.remove(message);
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
        const { tag } = await crypto.processApplication({ from: message.from, message: message.message });
        if (tag === 'held') doubt();
      });
    },
    /** What others seal doesn't open here. */
    doubt,
    /** Sends an application message that the worker makes in its turn, so that it is of the epoch it is sent in. */
    tell,
    /** The worker has something to say to those who compare codes. */
    comparisonDue(): void {
      send(comparison, false);
    },
    /** The worker has something to say in the chat. */
    chatDue(): void {
      send(chat, false);
    },
    /** The worker has something to say about a recording. */
    recordingDue(): void {
      send(recording, false);
    },
    /** Whether codes are being compared just now. */
    comparing(isOpen: boolean): void {
      committer.comparing(isOpen);
    },
    close(): void {
      queue.close();
      committer.close();
      clearTimeout(strandedTimer);
      clearTimeout(welcomeTimer);
    },
  };
}

export type GroupSession = ReturnType<typeof createGroupSession>;
