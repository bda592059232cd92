import type { TicketClaims } from '@sotto/protocol/credential';
import type { LeafThumbprint, ParticipantId, PeerId } from '@sotto/protocol/ids';
import type { Presence, RosterEntry } from '@sotto/protocol/signaling';
import type { ConnectionId } from './effect.ts';

type Role = TicketClaims['role'];

/** A participant who isn't in the visit, but whose standing admission is remembered. */
type Gone = 'gone';

export interface Participant {
  readonly participantId: ParticipantId;
  readonly role: Role;
  leaf: LeafThumbprint;
  presence: Presence | Gone;
  /** Unix ms of entering this presence. */
  since: number;
  /** Let in by a host; stands until the visit ends or a host takes it back. */
  isAdmitted: boolean;
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
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /**
   * A connection with a valid ticket takes its person's place. `undefined` if the visit is full.
   *
   * @param newPeer makes the SFU's id of a leaf
   */
  enter(
    who: { participantId: ParticipantId; role: Role; leaf: LeafThumbprint; connection: ConnectionId },
    now: number,
    newPeer: () => PeerId,
  ): Entered | undefined {
    const known = this.#people.get(who.participantId);
    // The role is the ticket's; should the clinic have changed it, the person starts over.
    const before = known?.role === who.role ? known : undefined;
    if (!before && !known && !this.#makeRoom()) return undefined;
    const isSameLeaf = before?.leaf === who.leaf;
    const isIn = before?.presence === 'present' || before?.presence === 'away';
    const mayEnter = isHost(who.role) || before?.isAdmitted === true;
    const presence = mayEnter ? 'present' : 'waiting';
    const keepsPeer = isSameLeaf && isIn && mayEnter;
    const participant: Participant = {
      ...who,
      presence,
      since: before?.presence === presence ? before.since : now,
      isAdmitted: mayEnter,
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

  find(id: ParticipantId): Participant | undefined {
    return this.#people.get(id);
  }

  /** The person if in the visit and connected. */
  present(id: ParticipantId): Present | undefined {
    const participant = this.#people.get(id);
    return participant && isPresent(participant) ? participant : undefined;
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

  /** Whether somebody is connected or may still come back by themselves. */
  get isEmpty(): boolean {
    return ![...this.#people.values()].some(({ presence }) => presence !== 'gone');
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
  depart(participant: Participant, now: number): PeerId | null {
    const { peerId } = participant;
    Object.assign(participant, { presence: 'gone', since: now, connection: null, peerId: null });
    if (!participant.isAdmitted) this.#people.delete(participant.participantId);
    return peerId;
  }

  /** Out of the visit and out of memory: to come in again, the person has to be admitted again. */
  dismiss(participant: Participant): PeerId | null {
    this.#people.delete(participant.participantId);
    return participant.peerId;
  }

  /** Those whose time to come back has run out. */
  overdue(now: number, awayMs: number): readonly Participant[] {
    return [...this.#people.values()].filter(({ presence, since }) => presence === 'away' && now - since >= awayMs);
  }

  /** As others are told: those in the visit; with `withWaiting` also those at the door. */
  entries(withWaiting: boolean): RosterEntry[] {
    return [...this.#people.values()].flatMap(({ participantId, role, leaf, presence, since }) =>
      presence === 'gone' || (presence === 'waiting' && !withWaiting)
        ? []
        : [{ participantId, role, leaf, presence, since }],
    );
  }

  /** Below capacity, if need be by forgetting the person who has been gone longest. */
  #makeRoom(): boolean {
    if (this.#people.size < this.#capacity) return true;
    const oldest = [...this.#people.values()]
      .filter(({ presence }) => presence === 'gone')
      .sort((a, b) => a.since - b.since)[0];
    return oldest !== undefined && this.#people.delete(oldest.participantId);
  }
}

const isPresent = (one: Participant): one is Present =>
  one.presence === 'present' && one.connection !== null && one.peerId !== null;
const isWaiting = (one: Participant): one is Participant & { connection: ConnectionId } =>
  one.presence === 'waiting' && one.connection !== null;
