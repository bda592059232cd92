import type { TicketClaims } from '@sotto/protocol/credential';
import type { LeafThumbprint, ParticipantId, PeerId, SessionId } from '@sotto/protocol/ids';
import type { Presence, RosterEntry } from '@sotto/protocol/signaling';
import type { ConnectionId } from './effect.ts';

type Role = TicketClaims['role'];

export interface Participant {
  readonly participantId: ParticipantId;
  readonly role: Role;
  leaf: LeafThumbprint;
  /** Of a patient or guest: another session of the same participant may be somebody else with the link. */
  session: SessionId;
  /** Unix ms until which the ticket lets them stay. */
  until: number;
  presence: Presence;
  /** Unix ms of entering this presence. */
  since: number;
  connection: ConnectionId | null;
  /** How the SFU knows this leaf; null while nothing of it may be there. */
  peerId: PeerId | null;
}

/** Somebody in the visit and connected. */
export type Present = Participant & { presence: 'present'; connection: ConnectionId; peerId: PeerId };

export type Entered = {
  participant: Participant;
  /** The connection that the new one takes over from. */
  replaced: { connection: ConnectionId; isOtherLeaf: boolean } | null;
  /** The SFU's peer of the leaf before, if the leaf is another one now. */
  formerPeer: PeerId | null;
  /** The same leaf was in the visit and is back. */
  isReturn: boolean;
};

export const isHost = (role: Role): boolean => role === 'physician';

/** Who is in the visit, who waits, who may come back. Knows connections and time only as they are passed in. */
export class Roster {
  readonly #people = new Map<ParticipantId, Participant>();
  /** Which session of a patient a host let in, in that order. Stands while the person is gone. */
  readonly #admissions = new Map<ParticipantId, SessionId>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /**
   * A connection with a valid ticket takes its person's place: `full` if the visit is, `taken` if another session of a
   * patient has been admitted and is in the visit or may come back by itself. Once that one is gone, this one waits,
   * and gives its place back if that one returns before this one was admitted.
   *
   * @param newPeer makes the SFU's id of a leaf
   */
  enter(
    who: {
      participantId: ParticipantId;
      role: Role;
      leaf: LeafThumbprint;
      session: SessionId;
      until: number;
      connection: ConnectionId;
    },
    now: number,
    newPeer: () => PeerId,
  ): Entered | 'full' | 'taken' {
    const known = this.#people.get(who.participantId);
    // Role and session are the ticket's; with another role or, of a patient, another session one starts over.
    const isSamePerson = known?.role === who.role && (isHost(who.role) || known.session === who.session);
    if (known && !isSamePerson && this.isAdmitted(known)) return 'taken';
    const before = isSamePerson ? known : undefined;
    if (!known && this.#people.size >= this.#capacity) return 'full';
    const isSameLeaf = before?.leaf === who.leaf;
    const isIn = before?.presence === 'present' || before?.presence === 'away';
    const mayEnter = this.isAdmitted(who);
    const presence = mayEnter ? 'present' : 'waiting';
    const keepsPeer = isSameLeaf && isIn && mayEnter;
    const participant: Participant = {
      ...who,
      presence,
      since: before?.presence === presence ? before.since : now,
      peerId: keepsPeer ? before.peerId : mayEnter ? newPeer() : null,
    };
    this.#people.set(who.participantId, participant);
    const isOtherConnection = known?.connection !== null && known?.connection !== who.connection;
    return {
      participant,
      replaced:
        known?.connection && isOtherConnection ? { connection: known.connection, isOtherLeaf: !isSameLeaf } : null,
      formerPeer: keepsPeer ? null : (known?.peerId ?? null),
      isReturn: keepsPeer,
    };
  }

  /** Whether that session may be in the visit: a host's always, a patient's once a host has let it in. */
  isAdmitted({ participantId, role, session }: Pick<Participant, 'participantId' | 'role' | 'session'>): boolean {
    return isHost(role) || this.#admissions.get(participantId) === session;
  }

  /** A host lets this session in. That ends the admission of any other session of the same participant. */
  admit({ participantId, session }: Participant): void {
    this.#admissions.delete(participantId);
    const isGone = (id: ParticipantId) => id !== participantId && !this.#people.has(id);
    const forgotten = this.#admissions.size < this.#capacity ? undefined : [...this.#admissions.keys()].find(isGone);
    if (forgotten) this.#admissions.delete(forgotten);
    this.#admissions.set(participantId, session);
  }

  find(id: ParticipantId): Participant | undefined {
    return this.#people.get(id);
  }

  /** The person if in the visit and connected. */
  present(id: ParticipantId): Present | undefined {
    const participant = this.#people.get(id);
    return participant && isPresent(participant) ? participant : undefined;
  }

  /** Those whose place here is by one of these sessions, connected or not. */
  ofSessions(sessions: readonly SessionId[]): readonly Participant[] {
    return [...this.#people.values()].filter(({ session }) => sessions.includes(session));
  }

  ofPeer(peerId: PeerId): Participant | undefined {
    return [...this.#people.values()].find((one) => one.peerId === peerId);
  }

  get allPresent(): readonly Present[] {
    return [...this.#people.values()].filter(isPresent);
  }

  get waiting(): readonly (Participant & { connection: ConnectionId })[] {
    return [...this.#people.values()].filter(isWaiting);
  }

  get hostPresent(): boolean {
    return this.allPresent.some(({ role }) => isHost(role));
  }

  /** Whether nobody is connected or away. */
  get isEmpty(): boolean {
    return this.#people.size === 0;
  }

  /** The connection broke. Who was in the visit is away; who waited is no longer there. */
  disconnect(connection: ConnectionId, now: number): Participant | undefined {
    const participant = [...this.#people.values()].find((one) => one.connection === connection);
    if (!participant) return undefined;
    participant.connection = null;
    if (participant.presence === 'present') Object.assign(participant, { presence: 'away', since: now });
    else this.#people.delete(participant.participantId);
    return participant;
  }

  /** Out of the visit; a standing admission stays. Gives the SFU's peer to close. */
  depart({ participantId, peerId }: Participant): PeerId | null {
    this.#people.delete(participantId);
    return peerId;
  }

  /** Out of the visit: to come in again, this session has to be admitted again. Another one's admission stands. */
  dismiss(participant: Participant): PeerId | null {
    if (this.isAdmitted(participant)) this.#admissions.delete(participant.participantId);
    return this.depart(participant);
  }

  /** Those whose time to come back has run out. */
  overdue(now: number, awayMs: number): readonly Participant[] {
    return [...this.#people.values()].filter(({ presence, since }) => presence === 'away' && now - since >= awayMs);
  }

  /** Those whose ticket lets them stay no longer, at the door too. */
  timedOut(now: number): readonly Participant[] {
    return [...this.#people.values()].filter(({ until }) => until <= now);
  }

  /** As others are told: those in the visit; with `withWaiting` also those at the door. */
  entries(withWaiting: boolean): RosterEntry[] {
    return [...this.#people.values()].flatMap(({ participantId, role, leaf, session, presence, since }) =>
      presence === 'waiting' && !withWaiting ? [] : [{ participantId, role, leaf, session, presence, since }],
    );
  }
}

const isPresent = (one: Participant): one is Present =>
  one.presence === 'present' && one.connection !== null && one.peerId !== null;
const isWaiting = (one: Participant): one is Participant & { connection: ConnectionId } =>
  one.presence === 'waiting' && one.connection !== null;
