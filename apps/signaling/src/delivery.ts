import type { GroupId, LeafThumbprint, ParticipantId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { ClientRequest, GroupState, OrderedCommit, ServerMessage } from '@sotto/protocol/signaling';
import { CommitPace } from './commitPace.ts';
import { contentTypes, isFramedAs } from './mlsFraming.ts';
import { RecentMessages } from './recentMessages.ts';

type Join = ServerMessage<'mls:join'>;

interface Member {
  readonly leaf: LeafThumbprint;
  /**
   * `active`: gets everything as it comes. `behind`: the connection broke; has to resume first. `lost`: the leaf is
   * dead or unreachable for good; members are asked to remove it.
   */
  state: 'active' | 'behind' | 'lost';
  /** Its person left, and members were asked to remove it. */
  isDeparted: boolean;
  /** Has shown that it holds the group's keys, by sending something into it. */
  isProven: boolean;
  /** The first application message that was sent while it was a member. */
  readonly firstMessage: number;
  /** When its connection was last noticed to be broken, Unix ms. */
  brokenAt: number;
}

interface Group {
  readonly state: GroupState;
  readonly members: Map<ParticipantId, Member>;
  /** The last commits, oldest first. */
  readonly log: OrderedCommit[];
  readonly messages: RecentMessages;
}

/** What the roster knows of those whom a commit names. */
export interface Standing {
  entitlement(id: ParticipantId, leaf: LeafThumbprint): Entitlement;
  /** Their time in the visit is over or about to be: any member may take them out. */
  isEnding(id: ParticipantId): boolean;
}

/** Whether a welcome may go to somebody. */
export type Entitlement = 'entitled' | 'notAdmitted' | 'otherLeaf' | 'unknown';

export interface CommitDelivery {
  readonly commit: OrderedCommit;
  /** Members who get the commit. */
  readonly to: readonly ParticipantId[];
  readonly welcomes: readonly { to: ParticipantId; message: ServerMessage<'mls:welcome'> }[];
  /** Whom a member put out of the visit, in contrast to leaves that were only cleared up after. */
  readonly evicted: readonly ParticipantId[];
}

/**
 * How many commits are kept for those who fall behind. Socket.IO's default decoder, which browsers use, takes at most
 * ten binary parts in one message.
 */
const keptCommits = 10;
/** For how long a connection may have been dead before that is noticed: the ping's interval and its timeout. */
const unnoticedMs = 20_000;

/**
 * The MLS delivery service of one visit (RFC 9420 section 14; SPEC.md section 3): it puts handshake messages in one
 * order, one commit an epoch, and hands sealed bytes on. It holds no key and sees only their framing; that the order
 * is kept and nobody unentitled is added, each member's browser checks for itself.
 */
export class Delivery {
  readonly #joins = new Map<ParticipantId, { join: Join; since: number }>();
  readonly #removals = new Map<ParticipantId, LeafThumbprint>();
  readonly #pace = new CommitPace();
  #group: Group | null = null;

  get group(): GroupState | null {
    return this.#group?.state ?? null;
  }

  /** Members who get things as they come. */
  get active(): readonly ParticipantId[] {
    return [...(this.#group?.members ?? [])].flatMap(([id, { state }]) => (state === 'active' ? [id] : []));
  }

  /** Whether that leaf holds the group's keys, as far as can be known here. */
  isMember(id: ParticipantId, leaf: LeafThumbprint): boolean {
    const member = this.#group?.members.get(id);
    return member?.leaf === leaf && member.state !== 'lost';
  }

  /** What members are waiting to be done: told to everyone who becomes active. */
  pendingFor(id: ParticipantId): { joins: readonly Join[]; removals: readonly ServerMessage<'mls:remove'>[] } {
    return {
      joins: [...this.#joins.values()].flatMap(({ join }) => (join.participantId === id ? [] : [join])),
      removals: [...this.#removals].map(([participantId, leaf]) => ({ participantId, leaf })),
    };
  }

  /** Somebody entitled wants to be added. A leaf of theirs that is in the group counts as lost from now on. */
  requestJoin(join: Join, now: number): void {
    // Asking again doesn't make one wait anew.
    const asked = this.#joins.get(join.participantId);
    const since = asked?.join.leaf === join.leaf ? asked.since : now;
    this.#joins.set(join.participantId, { join, since });
    this.#removals.delete(join.participantId);
    const member = this.#group?.members.get(join.participantId);
    // Who comes back with the same leaf takes back what members were asked; another leaf doesn't.
    const isDeparted = member?.isDeparted === true && member.leaf !== join.leaf;
    if (member) Object.assign(member, { state: 'lost', isDeparted });
  }

  /** The connection of a person broke. */
  disconnected(id: ParticipantId, now: number): void {
    const member = this.#group?.members.get(id);
    if (member?.state !== 'active') return;
    // Whoever hasn't shown that the welcome arrived may not have it: added anew when back.
    if (member.isProven) Object.assign(member, { state: 'behind', brokenAt: now });
    else member.state = 'lost';
  }

  /** A person is out of the visit. Gives what members are to be told, if the person was one. */
  departed(id: ParticipantId): ServerMessage<'mls:remove'> | undefined {
    this.#joins.delete(id);
    const member = this.#group?.members.get(id);
    if (!member) return undefined;
    Object.assign(member, { state: 'lost', isDeparted: true });
    this.#removals.set(id, member.leaf);
    return { participantId: id, leaf: member.leaf };
  }

  /**
   * Opens the next group. Refused while another live member could add the caller, unless the caller has waited for
   * that longer than `patienceMs`.
   */
  create(
    creator: { participantId: ParticipantId; leaf: LeafThumbprint },
    { groupId, incarnation }: ClientRequest<'mls:create'>,
    now: number,
    patienceMs: number,
  ): Result<GroupState> {
    const { participantId } = creator;
    const current = this.#group;
    if (current) {
      if (incarnation !== current.state.incarnation + 1 || groupId === current.state.groupId)
        return refused('conflict');
      const hasOthers = [...current.members].some(([id, { state }]) => id !== participantId && state !== 'lost');
      const waits = this.#joins.get(participantId);
      const hasWaited = waits !== undefined && now - waits.since >= patienceMs;
      if (hasOthers && !hasWaited) return refused('wrongState');
    }
    const state = { groupId, incarnation, epoch: 0 };
    const messages = new RecentMessages();
    const member: Member = { ...memberFrom(creator.leaf, messages), isProven: true };
    this.#group = { state, members: new Map([[participantId, member]]), log: [], messages };
    this.#joins.delete(participantId);
    this.#removals.clear();
    return accepted(state);
  }

  commit(
    from: { participantId: ParticipantId; leaf: LeafThumbprint; isHost: boolean },
    request: ClientRequest<'mls:commit'>,
    standing: Standing,
    now: number,
  ): Result<CommitDelivery> {
    if (!isCommitOf(request)) return refused('invalid');
    const sender = this.#sender(from, request.groupId);
    if (!sender.ok) return sender;
    const group = sender.value;
    if (request.epoch !== group.state.epoch) return refused('conflict');
    const refusal = this.#refusalOf(from, request, group, standing);
    if (refusal) return refused(refusal);
    // A host may end the visit anyway, and must never wait to put somebody out.
    const waitMs = from.isHost ? 0 : this.#pace.take(from.participantId, now);
    if (waitMs > 0) return refused('rateLimited', waitMs);

    const epoch = request.epoch + 1;
    const commit: OrderedCommit = {
      groupId: request.groupId,
      epoch: request.epoch,
      from: from.participantId,
      commit: request.commit.slice(),
    };
    const added = new Set(request.welcomes.map((one) => one.to));
    // A departed leaf is only cleared up, as members were asked to; one that is merely lost has its person still here.
    const evicted = request.removed
      .map(({ participantId }) => participantId)
      .filter((id) => from.isHost || standing.isEnding(id))
      .filter((id) => group.members.get(id)?.isDeparted === false && !added.has(id));
    for (const { participantId } of request.removed) {
      group.members.delete(participantId);
      this.#removals.delete(participantId);
    }
    const to = this.active.filter((id) => id !== from.participantId);
    for (const { to: id, leaf } of request.welcomes) {
      group.members.set(id, memberFrom(leaf, group.messages));
      this.#joins.delete(id);
      this.#removals.delete(id);
    }
    group.log.push(commit);
    if (group.log.length > keptCommits) group.log.shift();
    this.#group = { ...group, state: { ...group.state, epoch } };
    const { groupId, incarnation } = group.state;
    return accepted({
      commit,
      to: to.filter((id) => !added.has(id)),
      welcomes: request.welcomes.map(({ to: id, welcome }) => ({
        to: id,
        message: { groupId, incarnation, epoch, welcome },
      })),
      evicted,
    });
  }

  /** A welcome couldn't be handed over: its leaf will have to be added again. */
  welcomeLost(id: ParticipantId): void {
    const member = this.#group?.members.get(id);
    if (member) member.state = 'lost';
  }

  /** Who gets the message now; those behind get it when they resume. */
  application(
    from: { participantId: ParticipantId; leaf: LeafThumbprint },
    { groupId, message }: ClientRequest<'mls:application'>,
    now: number,
  ): Result<{ to: readonly ParticipantId[]; message: ServerMessage<'mls:application'> }> {
    if (!isFramedAs(message, { contentType: contentTypes.application, groupId })) return refused('invalid');
    const sender = this.#sender(from, groupId);
    if (!sender.ok) return sender;
    const relayed = { groupId, from: from.participantId, message: message.slice() };
    sender.value.messages.add(relayed, now);
    return accepted({ to: this.active.filter((id) => id !== from.participantId), message: relayed });
  }

  /**
   * What a member may have missed, after which it is up to date; `rejoin` if that isn't all kept. Some of the messages
   * may have arrived.
   */
  resume(
    who: { participantId: ParticipantId; leaf: LeafThumbprint },
    { groupId, epoch }: ClientRequest<'mls:resume'>,
  ): Result<{ commits: OrderedCommit[]; messages: readonly ServerMessage<'mls:application'>[] }> {
    const group = this.#group;
    const member = group?.members.get(who.participantId);
    if (group?.state.groupId !== groupId || member?.leaf !== who.leaf || member.state === 'lost') {
      return refused('rejoin');
    }
    const commits = group.log.filter((one) => one.epoch >= epoch);
    const isComplete = epoch + commits.length === group.state.epoch;
    // On a connection that holds nothing is lost.
    const messages =
      member.state === 'behind' ? group.messages.since(member.firstMessage, member.brokenAt - unnoticedMs) : [];
    if (!isComplete || !messages) return refused('rejoin');
    Object.assign(member, { state: 'active', isProven: true });
    return accepted({ commits, messages: messages.filter(({ from }) => from !== who.participantId) });
  }

  /** The group, if the sender is a member who is up to date. Having sent proves that the welcome arrived. */
  #sender(from: { participantId: ParticipantId; leaf: LeafThumbprint }, groupId: GroupId): Result<Group> {
    const group = this.#group;
    if (!group) return refused('wrongState');
    if (group.state.groupId !== groupId) return refused('conflict');
    const member = group.members.get(from.participantId);
    if (member?.leaf !== from.leaf) return refused('wrongState');
    if (member.state === 'lost') return refused('rejoin');
    if (member.state === 'behind') return refused('wrongState');
    member.isProven = true;
    return accepted(group);
  }

  #refusalOf(
    from: { participantId: ParticipantId; isHost: boolean },
    { welcomes, removed }: ClientRequest<'mls:commit'>,
    group: Group,
    standing: Standing,
  ): 'invalid' | 'forbidden' | 'notFound' | 'conflict' | undefined {
    const named = [...welcomes.map(({ to }) => to), from.participantId];
    const out = removed.map(({ participantId }) => participantId);
    if (new Set(named).size !== named.length || new Set([...out, from.participantId]).size !== out.length + 1) {
      return 'invalid';
    }
    for (const { to, leaf } of welcomes) {
      const verdict = standing.entitlement(to, leaf);
      if (verdict === 'notAdmitted') return 'forbidden';
      if (verdict === 'unknown') return 'notFound';
      if (verdict === 'otherLeaf' || this.#joins.get(to)?.join.leaf !== leaf) return 'conflict';
    }
    for (const { participantId, leaf } of removed) {
      const member = group.members.get(participantId);
      if (member?.leaf !== leaf) return 'conflict';
      // Only a host may remove somebody who is there; any member clears up a leaf that is lost, or whose time is over.
      if (member.state !== 'lost' && !from.isHost && !standing.isEnding(participantId)) return 'forbidden';
    }
    return undefined;
  }
}

const memberFrom = (leaf: LeafThumbprint, messages: RecentMessages): Member => ({
  leaf,
  state: 'active',
  isDeparted: false,
  isProven: false,
  firstMessage: messages.next,
  brokenAt: 0,
});

const isCommitOf = ({ groupId, epoch, commit }: ClientRequest<'mls:commit'>): boolean =>
  isFramedAs(commit, { contentType: contentTypes.commit, groupId, epoch });
