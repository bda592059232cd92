import { clockToleranceSeconds, type TicketClaims } from '@sotto/protocol/credential';
import type { LeafThumbprint, ParticipantId, PeerId, ProducerId, SessionId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type {
  ClientReply,
  ClientRequest,
  GroupState,
  ProducerEntry,
  ServerEventName,
  ServerMessage,
} from '@sotto/protocol/signaling';
import { Delivery, type Entitlement } from './delivery.ts';
import { type ConnectionId, type Effect, type Outcome, tell } from './effect.ts';
import type { Limits } from './limits.ts';
import { MediaRegistry } from './mediaRegistry.ts';
import { isHost, type Participant, type Present, Roster } from './roster.ts';

type Nothing = ClientReply<'visit:leave'>;
const done: Result<Nothing> = accepted({});
const no = (result: Result<never>): Outcome<never> => ({ result, effects: [] });

export interface VisitOptions {
  readonly limits: Limits;
  readonly createdAt: number;
  /** Makes the SFU's id of a leaf. */
  readonly newPeer: () => PeerId;
}

/**
 * One visit: its people, its MLS delivery, what they send. Events come in parsed, what follows goes out as effects;
 * nothing here touches a socket or a clock. `now` is Unix milliseconds everywhere.
 */
export class Visit {
  readonly createdAt: number;
  readonly #limits: Limits;
  readonly #newPeer: () => PeerId;
  readonly #roster: Roster;
  readonly #delivery = new Delivery();
  readonly #media = new MediaRegistry();
  #hostSeen = false;
  #emptySince: number | null = null;

  constructor({ limits, createdAt, newPeer }: VisitOptions) {
    this.createdAt = createdAt;
    this.#limits = limits;
    this.#newPeer = newPeer;
    this.#roster = new Roster(limits.participantsPerVisit);
  }

  // ── who may ask ──────────────────────────────────────────────────────────────────────────────────────────

  /** The person behind a connection, if in the visit. */
  present(id: ParticipantId, connection: ConnectionId): Present | undefined {
    const participant = this.#roster.present(id);
    return participant?.connection === connection ? participant : undefined;
  }

  /** Whether the person holds the group's keys: before that nobody sends or receives media. */
  isInGroup({ participantId, leaf }: Participant): boolean {
    return this.#delivery.isMember(participantId, leaf);
  }

  /** The person behind an SFU's peer, connected or away. */
  ofPeer(peerId: PeerId): Participant | undefined {
    return this.#roster.ofPeer(peerId);
  }

  get producers(): readonly ProducerEntry[] {
    return this.#media.entries;
  }

  // ── membership ───────────────────────────────────────────────────────────────────────────────────────────

  enter(
    claims: Pick<TicketClaims, 'sub' | 'role' | 'ses' | 'jkt' | 'end'>,
    connection: ConnectionId,
    keyPackage: Uint8Array,
    now: number,
  ): Outcome<ClientReply<'visit:enter'>> {
    const { sub: participantId, role, ses: session, jkt: leaf, end } = claims;
    const until = end * 1000;
    const isAgain = this.present(participantId, connection) !== undefined;
    const entered = this.#roster.enter({ participantId, role, leaf, session, until, connection }, now, this.#newPeer);
    if (entered === 'full') return no(refused('unavailable'));
    if (entered === 'taken') return no(refused('conflict', this.#limits.takenRetryMs));
    this.#emptySince = null;
    const { participant, replaced, formerPeer, isReturn } = entered;
    const effects: Effect[] = [];
    if (replaced) {
      if (replaced.isOtherLeaf) effects.push(tell(replaced.connection, 'visit:replaced', {}));
      effects.push({ tag: 'disconnect', connection: replaced.connection });
    }
    if (formerPeer) effects.push(...this.#closePeer(participantId, formerPeer));
    if (participant.presence === 'waiting') {
      effects.push(
        tell(connection, 'waiting:status', { hostPresent: this.#roster.hostPresent, since: participant.since }),
      );
      return { result: accepted({ standing: 'waiting' }), effects: [...effects, ...this.#rosterEffects()] };
    }
    if (!isAgain && isReturn) this.#delivery.disconnected(participantId, now);
    const state = {
      roster: this.#roster.entries(isHost(role)),
      group: this.#delivery.group,
      producers: this.#media.entries,
    };
    if (!this.#delivery.isMember(participantId, leaf)) {
      const join = { participantId, role, leaf, session, keyPackage: keyPackage.slice() };
      this.#delivery.requestJoin(join, now);
      effects.push(...this.#toActive(participantId, 'mls:join', join));
    }
    return { result: accepted({ standing: 'present', state }), effects: [...effects, ...this.#rosterEffects()] };
  }

  admit(id: ParticipantId): Outcome<Nothing> {
    const participant = this.#roster.find(id);
    if (participant?.presence !== 'waiting' || participant.connection === null) return no(refused('notFound'));
    if (this.#roster.isAdmitted(participant)) return { result: done, effects: [] };
    this.#roster.admit(participant);
    return { result: done, effects: [tell(participant.connection, 'visit:admitted', {})] };
  }

  /** Sends away a person who waits, or one who was let in and isn't in the group: whoever is goes by a commit. */
  decline(id: ParticipantId): Outcome<Nothing> {
    const participant = this.#roster.find(id);
    if (!participant) return no(refused('notFound'));
    if (isHost(participant.role)) return no(refused('forbidden'));
    if (participant.presence !== 'waiting' && this.isInGroup(participant)) return no(refused('wrongState'));
    return { result: done, effects: this.#dismiss(participant) };
  }

  leave(id: ParticipantId, connection: ConnectionId): Outcome<Nothing> {
    const participant = this.#roster.find(id);
    const end = { tag: 'disconnect', connection } as const;
    if (participant?.connection !== connection) return { result: done, effects: [end] };
    return { result: done, effects: [...this.#depart(participant), ...this.#rosterEffects(), end] };
  }

  /** Whoever is here by one of these sessions is out of the visit, also while their connection is broken. */
  endSessions(sessions: readonly SessionId[]): readonly Effect[] {
    const ended = this.#roster.ofSessions(sessions);
    if (ended.length === 0) return [];
    const effects = ended.flatMap((participant) => this.#depart(participant));
    return [...effects, ...this.#rosterEffects()];
  }

  disconnected(connection: ConnectionId, now: number): readonly Effect[] {
    const participant = this.#roster.disconnect(connection, now);
    if (!participant) return [];
    this.#delivery.disconnected(participant.participantId, now);
    return this.#rosterEffects();
  }

  /** Everyone is told, everyone is cut off. */
  end(reason: ServerMessage<'visit:ended'>['reason']): readonly Effect[] {
    return [...this.#roster.allPresent, ...this.#roster.waiting].flatMap(({ connection }) => [
      tell(connection, 'visit:ended', { reason }),
      { tag: 'disconnect', connection } as const,
    ]);
  }

  /** What the passing of time brings. */
  tick(now: number): readonly Effect[] {
    const overdue = this.#roster.overdue(now, this.#limits.awayMs).filter(({ until }) => until > now);
    const timedOut = this.#roster.timedOut(now);
    const effects: Effect[] = timedOut.flatMap((participant) => this.#endStay(participant));
    effects.push(...overdue.flatMap((participant) => this.#depart(participant)));
    if (this.#roster.isEmpty && this.#emptySince === null) {
      this.#emptySince = now;
      effects.push({ tag: 'closeRoom' });
    }
    return overdue.length + timedOut.length > 0 ? [...effects, ...this.#rosterEffects()] : effects;
  }

  /** Nobody has been there for long: not worth remembering. */
  isForgettable(now: number): boolean {
    return this.#emptySince !== null && now - this.#emptySince >= this.#limits.emptyVisitMs;
  }

  // ── MLS delivery ─────────────────────────────────────────────────────────────────────────────────────────

  createGroup(host: Present, request: ClientRequest<'mls:create'>, now: number): Outcome<Nothing> {
    const created = this.#delivery.create(host, request, now, this.#limits.joinPatienceMs);
    if (!created.ok) return no(created);
    const group: GroupState = created.value;
    const others = this.#roster.allPresent.filter(({ participantId }) => participantId !== host.participantId);
    return {
      result: done,
      effects: [...others.map(({ connection }) => tell(connection, 'mls:group', group)), ...this.#pendingFor(host)],
    };
  }

  commit(from: Present, request: ClientRequest<'mls:commit'>, now: number): Outcome<Nothing> {
    const sender = { participantId: from.participantId, leaf: from.leaf, isHost: isHost(from.role) };
    const delivery = this.#delivery.commit(
      sender,
      request,
      {
        entitlement: (id, leaf) => this.#entitlement(id, leaf),
        isEnding: (id) => this.#isEnding(id, now),
      },
      now,
    );
    if (!delivery.ok) return no(delivery);
    const { commit, to, welcomes, evicted } = delivery.value;
    // The removed first: nothing of the visit may reach them once the commit is out.
    const effects: Effect[] = evicted.flatMap((id) => this.#evict(id, now));
    effects.push(...this.#toEach(to, 'mls:commit', commit));
    for (const { to: id, message } of welcomes) {
      const added = this.#roster.present(id);
      if (added) effects.push(tell(added.connection, 'mls:welcome', message), ...this.#pendingFor(added));
      else this.#delivery.welcomeLost(id);
    }
    return { result: done, effects };
  }

  application(from: Present, request: ClientRequest<'mls:application'>, now: number): Outcome<Nothing> {
    const relay = this.#delivery.application(from, request, now);
    if (!relay.ok) return no(relay);
    return { result: done, effects: this.#toEach(relay.value.to, 'mls:application', relay.value.message) };
  }

  resume(who: Present, request: ClientRequest<'mls:resume'>): Outcome<ClientReply<'mls:resume'>> {
    const missed = this.#delivery.resume(who, request);
    if (!missed.ok) return no(missed);
    const messages = missed.value.messages.map((message) => tell(who.connection, 'mls:application', message));
    return { result: accepted({ commits: missed.value.commits }), effects: [...messages, ...this.#pendingFor(who)] };
  }

  rejoin(who: Present, { keyPackage }: ClientRequest<'mls:rejoin'>, now: number): Outcome<Nothing> {
    const { participantId, role, leaf, session } = who;
    const join = { participantId, role, leaf, session, keyPackage: keyPackage.slice() };
    this.#delivery.requestJoin(join, now);
    return { result: done, effects: this.#toActive(participantId, 'mls:join', join) };
  }

  // ── media ────────────────────────────────────────────────────────────────────────────────────────────────

  produced(entry: ProducerEntry): readonly Effect[] {
    this.#media.add(entry);
    return this.#toOthers(entry.participantId, 'sfu:producer', entry);
  }

  owns(participantId: ParticipantId, producerId: ProducerId): boolean {
    return this.#media.owns(participantId, producerId);
  }

  isProduced(producerId: ProducerId): boolean {
    return this.#media.find(producerId) !== undefined;
  }

  producerPaused(participantId: ParticipantId, producerId: ProducerId, paused: boolean): readonly Effect[] {
    this.#media.setPaused(producerId, paused);
    return this.#toOthers(participantId, 'sfu:producerPaused', { producerId, paused });
  }

  producerClosed(participantId: ParticipantId, producerId: ProducerId): readonly Effect[] {
    if (!this.#media.remove(producerId)) return [];
    return this.#toOthers(participantId, 'sfu:producerClosed', { producerId });
  }

  /** The SFU's room is another one, or there is none: every transport, producer and consumer is gone. */
  roomChanged(event: 'sfu:moved' | 'sfu:unavailable'): readonly Effect[] {
    this.#media.clear();
    return this.#roster.allPresent.map(({ connection }) => tell(connection, event, {}));
  }

  // ── within ───────────────────────────────────────────────────────────────────────────────────────────────

  #entitlement(id: ParticipantId, leaf: LeafThumbprint): Entitlement {
    const participant = this.#roster.find(id);
    if (!participant) return 'unknown';
    if (participant.presence === 'waiting') return 'notAdmitted';
    return participant.leaf === leaf ? 'entitled' : 'otherLeaf';
  }

  /** Out of the visit: media at once, the leaf as soon as a member has removed it. */
  #depart(participant: Participant): Effect[] {
    const { participantId } = participant;
    const peerId = this.#roster.depart(participant);
    const removal = this.#delivery.departed(participantId);
    return [
      ...(peerId ? this.#closePeer(participantId, peerId) : []),
      ...(removal ? this.#toActive(participantId, 'mls:remove', removal) : []),
    ];
  }

  /** Their time is over: only they are told, and cut off. Members' browsers take the leaf out by themselves. */
  #endStay(participant: Participant): Effect[] {
    const { connection } = participant;
    return [
      ...this.#depart(participant),
      ...(connection
        ? [tell(connection, 'visit:ended', { reason: 'stayOver' }), { tag: 'disconnect', connection } as const]
        : []),
    ];
  }

  /** Whether members whose clocks are ahead may count their time as over. */
  #isEnding(id: ParticipantId, now: number): boolean {
    const participant = this.#roster.find(id);
    return participant !== undefined && participant.until <= now + clockToleranceSeconds * 1000;
  }

  /** A member took the leaf out of the group: a host's word ends the admission, a time that is over only the stay. */
  #evict(id: ParticipantId, now: number): Effect[] {
    const participant = this.#roster.find(id);
    if (!participant) return [];
    if (!this.#isEnding(id, now)) return this.#dismiss(participant);
    return [...this.#endStay(participant), ...this.#rosterEffects()];
  }

  #dismiss(participant: Participant): Effect[] {
    const { participantId, connection } = participant;
    const peerId = this.#roster.dismiss(participant);
    const removal = this.#delivery.departed(participantId);
    return [
      ...(peerId ? this.#closePeer(participantId, peerId) : []),
      ...(removal ? this.#toActive(participantId, 'mls:remove', removal) : []),
      ...(connection ? [tell(connection, 'visit:declined', {}), { tag: 'disconnect', connection } as const] : []),
      ...this.#rosterEffects(),
    ];
  }

  #closePeer(participantId: ParticipantId, peerId: PeerId): Effect[] {
    const closed = this.#media.removeOf(participantId);
    return [
      { tag: 'closePeer', peerId },
      ...closed.flatMap((producerId) => this.#toOthers(participantId, 'sfu:producerClosed', { producerId })),
    ];
  }

  #pendingFor({ participantId, connection }: Present): Effect[] {
    const { joins, removals } = this.#delivery.pendingFor(participantId);
    return [
      ...joins.map((join) => tell(connection, 'mls:join', join)),
      ...removals.map((removal) => tell(connection, 'mls:remove', removal)),
    ];
  }

  /** The roster to all in the visit; to those waiting only whether a host is there, when that changes. */
  #rosterEffects(): Effect[] {
    const forHosts = { roster: this.#roster.entries(true) };
    const forOthers = { roster: this.#roster.entries(false) };
    const effects = this.#roster.allPresent.map(({ connection, role }) =>
      tell(connection, 'visit:roster', isHost(role) ? forHosts : forOthers),
    );
    const { hostPresent } = this.#roster;
    if (hostPresent === this.#hostSeen) return effects;
    this.#hostSeen = hostPresent;
    return [
      ...effects,
      ...this.#roster.waiting.map(({ connection, since }) =>
        tell(connection, 'waiting:status', { hostPresent, since }),
      ),
    ];
  }

  #toOthers<N extends ServerEventName>(from: ParticipantId, event: N, message: ServerMessage<N>): Effect[] {
    return this.#roster.allPresent
      .filter(({ participantId }) => participantId !== from)
      .map(({ connection }) => tell(connection, event, message));
  }

  #toEach<N extends ServerEventName>(ids: readonly ParticipantId[], event: N, message: ServerMessage<N>): Effect[] {
    return ids.flatMap((id) => {
      const participant = this.#roster.present(id);
      return participant ? [tell(participant.connection, event, message)] : [];
    });
  }

  #toActive<N extends ServerEventName>(except: ParticipantId, event: N, message: ServerMessage<N>): Effect[] {
    return this.#toEach(
      this.#delivery.active.filter((id) => id !== except),
      event,
      message,
    );
  }
}
