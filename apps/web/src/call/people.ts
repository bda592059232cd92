import type { Member, MemberTrack } from '@sotto/e2ee';
import type { LeafThumbprint, ParticipantId, ProducerId } from '@sotto/protocol/ids';
import type { ProducerEntry, RosterEntry } from '@sotto/protocol/signaling';
import type { Person, PersonSecurity, RemoteSource, WaitingPerson } from './contract.ts';
import type { Quality } from './quality.ts';
import type { Receiving } from './remoteConsumers.ts';
import type { Ending } from './timedRemovals.ts';

/** What is known of the people of a visit, and by whom it was told. */
export interface PeopleFacts {
  readonly self: ParticipantId;
  /** Signaling's word: who is there. Never a source of names or of whose a track is. */
  readonly roster: readonly RosterEntry[];
  /** Verified in the worker. */
  readonly members: readonly Member[];
  readonly endings: readonly Ending[];
  /** Announced in signed messages. */
  readonly tracks: readonly MemberTrack[];
  /** Signaling's word: what is sent, and whether it is paused. */
  readonly producers: ReadonlyMap<ProducerId, ProducerEntry>;
  readonly receiving: ReadonlyMap<ProducerId, Receiving>;
  readonly hasOpened: (producer: ProducerId) => boolean;
  readonly isStuck: (producer: ProducerId) => boolean;
  readonly isStalled: (producer: ProducerId) => boolean;
  readonly quality: ReadonlyMap<ParticipantId, Quality>;
  /** Leaves whose code was compared here. */
  readonly compared: ReadonlySet<LeafThumbprint>;
  /** Leaves whose key package the worker refused. */
  readonly refused: ReadonlySet<LeafThumbprint>;
  /** Whether this client would add the person to the group. */
  readonly mayBeAdded: (person: RosterEntry) => boolean;
}

/**
 * The others in the visit, in the order in which they were first seen: everybody who holds the visit's keys, whatever
 * signaling says of them, and whom it names besides.
 *
 * @param before the list of the last call: what didn't change keeps its identity
 */
export function projectPeople(facts: PeopleFacts, before: readonly Person[]): readonly Person[] {
  const place = new Map(before.map((person, index) => [person.participantId, index]));
  const entries = new Map<ParticipantId, Entry>();
  for (const member of facts.members) {
    if (member.isSelf) continue;
    entries.set(member.participantId, entryOf(facts, member, before[place.get(member.participantId) ?? -1]));
  }
  for (const entry of facts.roster) {
    if (entry.participantId === facts.self || entries.has(entry.participantId) || isAtTheDoor(facts, entry)) continue;
    entries.set(entry.participantId, { ...entry, member: null });
  }
  const people = [...entries.values()]
    .sort(
      (a, b) =>
        (place.get(a.participantId) ?? before.length) - (place.get(b.participantId) ?? before.length) ||
        a.since - b.since,
    )
    .map((entry) => {
      const known = before[place.get(entry.participantId) ?? -1];
      const person = projectPerson(facts, entry, known);
      return known && isSamePerson(known, person) ? known : person;
    });
  return people.length === before.length && people.every((person, index) => person === before[index]) ? before : people;
}

interface Entry extends Pick<RosterEntry, 'participantId' | 'role' | 'presence' | 'since'> {
  /** With which signaling names them. */
  readonly leaf: LeafThumbprint;
  /** Null for whom only signaling names. */
  readonly member: Member | null;
}

/** Somebody who holds the visit's keys. Whom signaling doesn't name, or only at the door, is going or kept from view. */
function entryOf({ roster }: PeopleFacts, member: Member, known: Person | undefined): Entry {
  const { participantId, role, leaf } = member;
  const inside = roster.filter((entry) => entry.participantId === participantId && entry.presence !== 'waiting');
  const listed = inside.find((entry) => entry.leaf === leaf) ?? inside[0];
  return {
    ...{ participantId, role, member },
    leaf: listed?.leaf ?? leaf,
    presence: listed?.presence ?? known?.presence ?? 'away',
    since: listed?.since ?? Number.MAX_SAFE_INTEGER,
  };
}

/**
 * Who waits at the door, first come first. That includes people whom signaling holds for admitted and whom this
 * client's user never let in (it was another browser of the same person): its word isn't enough to add them.
 */
export function projectWaiting(facts: DoorFacts, before: readonly WaitingPerson[]): readonly WaitingPerson[] {
  const waiting = facts.roster
    .filter((entry) => isAtTheDoor(facts, entry))
    .sort((a, b) => a.since - b.since)
    .map(({ participantId, since }) => ({ participantId, since }));
  const isSame =
    waiting.length === before.length &&
    waiting.every(
      (one, index) => one.participantId === before[index]?.participantId && one.since === before[index].since,
    );
  return isSame ? before : waiting;
}

type DoorFacts = Pick<PeopleFacts, 'roster' | 'members' | 'mayBeAdded'>;

function isAtTheDoor(facts: DoorFacts, entry: RosterEntry): boolean {
  if (entry.presence !== 'present') return entry.presence === 'waiting';
  return !facts.members.some(({ leaf }) => leaf === entry.leaf) && !facts.mayBeAdded(entry);
}

/** People as shown while nothing can be received: what was playing is on its way again, not frozen. */
export function withoutMedia(people: readonly Person[]): readonly Person[] {
  const isPlaying = (person: Person) => person.microphone.state === 'live' || person.camera.state === 'live';
  const isClaimed = (person: Person) => person.compared || person.stalled || isPlaying(person);
  const awaited = (source: RemoteSource): RemoteSource => (source.state === 'live' ? { state: 'connecting' } : source);
  if (!people.some(isClaimed)) return people;
  return people.map((person) =>
    isClaimed(person)
      ? {
          ...person,
          compared: false,
          stalled: false,
          security: 'connecting',
          microphone: awaited(person.microphone),
          camera: awaited(person.camera),
        }
      : person,
  );
}

function projectPerson(facts: PeopleFacts, entry: Entry, before: Person | undefined): Person {
  const { participantId, member } = entry;
  const tracks = facts.tracks.filter((track) => track.participantId === participantId && track.leaf === member?.leaf);
  return {
    participantId,
    role: entry.role,
    clinician: member?.clinician ?? null,
    name: member?.name ?? null,
    until: member?.role === 'guest' ? untilOf(facts, member) : null,
    presence: entry.presence === 'away' ? 'away' : 'present',
    security: securityOf(facts, entry, member, tracks),
    compared: member !== null && facts.compared.has(member.leaf),
    microphone: sourceOf(facts, tracks, 'microphone', before?.microphone),
    camera: sourceOf(facts, tracks, 'camera', before?.camera),
    stalled: isStalled(facts, tracks),
    quality: facts.quality.get(participantId) ?? 'unknown',
  };
}

function untilOf({ endings }: PeopleFacts, { leaf }: Member): number | null {
  const ending = endings.find((one) => one.leaf === leaf);
  return ending ? ending.expiresAt * 1000 : null;
}

function securityOf(
  facts: PeopleFacts,
  entry: Entry,
  member: Member | null,
  tracks: readonly MemberTrack[],
): PersonSecurity {
  // Signaling's word takes nobody's name away. That somebody is about to come back with another leaf it may say.
  if (member?.leaf !== entry.leaf) return facts.refused.has(entry.leaf) ? 'cantVerify' : 'connecting';
  if (tracks.some((track) => facts.isStuck(track.producerId))) return 'cantDecrypt';
  const sending = tracks.filter((track) => facts.producers.get(track.producerId)?.paused === false);
  const opens = sending.length === 0 || sending.some((track) => facts.hasOpened(track.producerId));
  return opens ? 'encrypted' : 'connecting';
}

function isStalled(facts: PeopleFacts, tracks: readonly MemberTrack[]): boolean {
  const sent = tracks.filter((track) => facts.producers.get(track.producerId)?.paused === false);
  const pictures = sent.filter((track) => track.source === 'camera');
  // Whoever is seen to move isn't gone: a picture is worth more than the word that sound is missing.
  return (pictures.length > 0 ? pictures : sent).some((track) => facts.isStalled(track.producerId));
}

function sourceOf(
  facts: PeopleFacts,
  tracks: readonly MemberTrack[],
  source: MemberTrack['source'],
  before: RemoteSource | undefined,
): RemoteSource {
  const producer = tracks
    .filter((track) => track.source === source)
    .map((track) => facts.producers.get(track.producerId))
    .find((entry) => entry !== undefined);
  if (!producer) return { state: 'none' };
  if (producer.paused) return { state: 'off' };
  const receiving = facts.receiving.get(producer.producerId);
  if (!receiving?.alive || !facts.hasOpened(producer.producerId)) return { state: 'connecting' };
  if (receiving.dropped) return { state: 'dropped' };
  const { stream } = receiving;
  return before?.state === 'live' && before.stream === stream ? before : { state: 'live', stream };
}

function isSamePerson(a: Person, b: Person): boolean {
  return (
    a.role === b.role &&
    a.clinician?.subject === b.clinician?.subject &&
    a.name === b.name &&
    a.until === b.until &&
    a.presence === b.presence &&
    a.security === b.security &&
    a.compared === b.compared &&
    a.stalled === b.stalled &&
    a.quality === b.quality &&
    isSameSource(a.microphone, b.microphone) &&
    isSameSource(a.camera, b.camera)
  );
}

function isSameSource(a: RemoteSource, b: RemoteSource): boolean {
  if (a.state === 'live' && b.state === 'live') return a.stream === b.stream;
  return a.state === b.state;
}
