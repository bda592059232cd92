import type { LeafRef, Member, Refusal } from '@sotto/e2ee';
import type { ParticipantId } from '@sotto/protocol/ids';
import type { Incident, KeptOutFault, NamedPerson, Person, Self } from './contract.ts';

/** What happened in a visit that a person has to be told, until they say that they have read it. Outlives a stay in it. */
export interface Incidents {
  list(): readonly Incident[];
  /** Calls `listener` when the list is another one. Returns the function that stops it. */
  subscribe(listener: () => void): () => void;
  /** Somebody's credential didn't hold: they were kept out. */
  keptOut(person: Pick<NamedPerson, 'participantId' | 'role'> | null, fault: KeptOutFault): void;
  /** A commit or a Welcome was refused. `by`: whose signature it bears. */
  refusedChange(by: LeafRef | null, reason: Refusal): void;
  /**
   * Who is in the visit, at each change: who isn't any more has left by the server's word.
   *
   * @param members of the group that this browser stands in; null while it stands in none
   * @param people who is shown
   * @param over whose time in the visit was over: that they went isn't only the server's word
   */
  follow(
    members: readonly Member[] | null,
    people: readonly Pick<Person, 'participantId'>[],
    self: Self | null,
    over: ReadonlySet<ParticipantId>,
  ): void;
  /** Read. The same isn't told again in this page. */
  dismiss(incident: Incident): void;
}

/** Told one by one, besides departures. Older ones that weren't dismissed are counted. */
const limit = 4;
/** So many are counted at most: who makes them up may make up any number. */
const countLimit = 999;

export function createIncidents(): Incidents {
  const known = new Map<ParticipantId, NamedPerson>();
  /** Verified members of whom it wasn't told yet that they left. */
  const here = new Set<ParticipantId>();
  const dismissed = new Set<string>();
  const folded = new Set<string>();
  const listeners = new Set<() => void>();
  let wasMember = false;
  let incidents: readonly Incident[] = [];

  function change(next: readonly Incident[]): void {
    if (next.length === incidents.length && next.every((one, index) => one === incidents[index])) return;
    incidents = next;
    for (const listener of listeners) listener();
  }

  function tell(incident: Incident): void {
    const key = keyOf(incident);
    if (dismissed.has(key) || folded.has(key) || incidents.some((one) => keyOf(one) === key)) return;
    const told = [...incidents.filter(({ tag }) => tag !== 'more'), incident];
    // A departure makes room for nothing: it may be all that tells that somebody was taken out.
    const others = told.filter((one) => !isDeparture(one));
    const surplus = new Set<Incident>(others.slice(0, Math.max(0, others.length - limit)));
    for (const one of surplus) if (folded.size < countLimit) folded.add(keyOf(one));
    const more: readonly Incident[] = folded.size > 0 ? [{ tag: 'more', count: folded.size }] : [];
    change([...more, ...told.filter((one) => !surplus.has(one))]);
  }

  const named = (person: Pick<NamedPerson, 'participantId' | 'role'>): NamedPerson => ({
    ...person,
    name: known.get(person.participantId)?.name ?? null,
  });

  function learn(members: readonly Member[], self: Self | null): void {
    if (self) known.set(self.participantId, self);
    for (const { participantId, role, name, clinician, isSelf } of members) {
      if (isSelf || (name === null && clinician === null)) continue;
      known.set(participantId, { participantId, role, name: name ?? known.get(participantId)?.name ?? null });
      here.add(participantId);
    }
  }

  return {
    list: () => incidents,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    keptOut(person, fault) {
      tell({ tag: 'keptOut', person: person && named(person), fault });
    },
    refusedChange(by, reason) {
      const role = by && (known.get(by.participantId)?.role ?? null);
      tell({ tag: 'refusedChange', by: by && named({ participantId: by.participantId, role }), reason });
    },
    follow(members, people, self, over) {
      learn(members ?? [], self);
      const inside = new Set(members?.map(({ participantId }) => participantId));
      const shown = new Set(people.map(({ participantId }) => participantId));
      // Out of the group one stands in is out, whomever signaling lists. In a new one they may be on their way yet.
      const isSame = members !== null && wasMember;
      wasMember = members !== null;
      change(incidents.filter((one) => !isDeparture(one) || !inside.has(one.person.participantId)));
      for (const id of [...here]) {
        const person = known.get(id);
        if (inside.has(id) || (shown.has(id) && !isSame) || !person) continue;
        here.delete(id);
        const tag = over.has(id) ? 'stayOver' : 'saidToHaveLeft';
        const incident: Departure = { tag, person: namedOf(person) };
        // Leaving twice is news twice.
        dismissed.delete(keyOf(incident));
        tell(incident);
      }
    },
    dismiss(incident) {
      if (incident.tag === 'more') for (const key of folded) dismissed.add(key);
      else dismissed.add(keyOf(incident));
      if (incident.tag === 'more') folded.clear();
      change(incidents.filter((one) => one !== incident));
    },
  };
}

type Departure = Extract<Incident, { tag: 'saidToHaveLeft' | 'stayOver' }>;

/** Somebody isn't in the visit any more: nothing that anybody did wrong. */
export const isDeparture = (incident: Incident): incident is Departure =>
  incident.tag === 'saidToHaveLeft' || incident.tag === 'stayOver';

const namedOf = ({ participantId, role, name }: NamedPerson): NamedPerson => ({ participantId, role, name });

/** Two of the same key are the same incident. */
export function keyOf(incident: Incident): string {
  switch (incident.tag) {
    case 'keptOut':
      return `keptOut ${incident.person?.participantId ?? ''} ${incident.fault}`;
    case 'refusedChange':
      return `refusedChange ${incident.by?.participantId ?? ''} ${incident.reason}`;
    case 'stayOver':
    case 'saidToHaveLeft':
      return `${incident.tag} ${incident.person.participantId}`;
    case 'more':
      return 'more';
  }
}
