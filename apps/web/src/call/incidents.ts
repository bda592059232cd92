import type { LeafRef, Member, Refusal } from '@sotto/e2ee';
import type { LeafThumbprint, ParticipantId } from '@sotto/protocol/ids';
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
   * @param known leaves whose code was compared here; whose time was over, so that they went isn't only the server's word
   */
  follow(
    members: readonly Member[] | null,
    people: readonly Pick<Person, 'participantId'>[],
    self: Self | null,
    known: { readonly compared: ReadonlySet<LeafThumbprint>; readonly over: ReadonlySet<ParticipantId> },
  ): void;
  /** Read. The same isn't told again in this page. */
  dismiss(incident: Incident): void;
  /** What is to be known after a reload too. */
  told(): ToldIncidents;
  /** Tells again what was told before a reload, besides what was told since. */
  recall(before: ToldIncidents): void;
}

/** With which key somebody was seen last, and whether that was ever compared here, be it by a leaf that is gone. */
export interface SeenKey {
  readonly leaf: LeafThumbprint;
  readonly wasCompared: boolean;
}

/** Incidents that weren't read, and with which key each person was seen last. Nobody's name is kept by it. */
export interface ToldIncidents {
  readonly incidents: readonly Incident[];
  readonly keys: readonly (readonly [ParticipantId, SeenKey])[];
}

/** Told one by one, besides departures. Older ones that weren't dismissed are counted. */
const limit = 4;
/** So many are counted at most: who makes them up may make up any number. */
const countLimit = 999;
/** As many as a group has leaves. */
const leafLimit = 64;

/** @param onTold `told` is another thing now */
export function createIncidents(onTold: () => void): Incidents {
  const known = new Map<ParticipantId, NamedPerson>();
  const keys = new Map<ParticipantId, SeenKey>();
  /** So many were counted before a reload. */
  let countedBefore = 0;
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
    onTold();
  }

  function tell(incident: Incident): void {
    const key = keyOf(incident);
    if (dismissed.has(key) || folded.has(key) || incidents.some((one) => keyOf(one) === key)) return;
    const told = [...incidents.filter(({ tag }) => tag !== 'more'), incident];
    // What is mild makes room for nothing: a departure may be all that tells that somebody was taken out.
    const others = told.filter((one) => !isMild(one));
    const surplus = new Set<Incident>(others.slice(0, Math.max(0, others.length - limit)));
    for (const one of surplus) if (folded.size < countLimit) folded.add(keyOf(one));
    const count = countedBefore + folded.size;
    const more: readonly Incident[] = count > 0 ? [{ tag: 'more', count }] : [];
    change([...more, ...told.filter((one) => !surplus.has(one))]);
  }

  /** News, also where the same was read before. */
  function tellAnew(incident: Incident): void {
    dismissed.delete(keyOf(incident));
    tell(incident);
  }

  const named = (person: Pick<NamedPerson, 'participantId' | 'role'>): NamedPerson => ({
    ...person,
    name: known.get(person.participantId)?.name ?? null,
  });
  /** What was told before a reload is without names until they are known again. */
  const nowNamed = (person: NamedPerson): NamedPerson =>
    person.name === null && (known.get(person.participantId)?.name ?? null) !== null ? named(person) : person;

  /** Compared once more, a new key is one like any other. */
  function followKeys(members: readonly Member[], compared: ReadonlySet<LeafThumbprint>): void {
    const others = members.filter(({ isSelf }) => !isSelf);
    for (const { participantId, leaf, clinician, role } of others) {
      const before = keys.get(participantId);
      if (before === undefined && keys.size >= leafLimit) continue;
      const isCompared = compared.has(leaf) || (before?.leaf === leaf && before.wasCompared);
      if (before?.leaf === leaf && before.wasCompared === isCompared) continue;
      keys.set(participantId, { leaf, wasCompared: isCompared });
      onTold();
      if (before === undefined || before.leaf === leaf) continue;
      const isSame = (one: Incident) => one.tag === 'newKey' && one.person.participantId === participantId;
      const wasCompared =
        before.wasCompared ||
        compared.has(before.leaf) ||
        incidents.some((one) => one.tag === 'newKey' && isSame(one) && one.wasCompared);
      // A passkey of the directory's has signed for this very leaf.
      if (clinician !== null && !wasCompared) continue;
      incidents = incidents.filter((one) => !isSame(one));
      tellAnew({ tag: 'newKey', person: named({ participantId, role }), wasCompared });
    }
    const settled = new Set(others.flatMap(({ participantId, leaf }) => (compared.has(leaf) ? [participantId] : [])));
    change(incidents.filter((one) => one.tag !== 'newKey' || !settled.has(one.person.participantId)));
  }

  function learn(members: readonly Member[], self: Self | null): void {
    if (self) known.set(self.participantId, { participantId: self.participantId, role: self.role, name: self.name });
    for (const { participantId, role, name, clinician, isSelf } of members) {
      if (isSelf || (name === null && clinician === null)) continue;
      known.set(participantId, { participantId, role, name: name ?? known.get(participantId)?.name ?? null });
      here.add(participantId);
    }
    change(incidents.map((one) => renamed(one, nowNamed)));
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
    follow(members, people, self, { compared, over }) {
      learn(members ?? [], self);
      followKeys(members ?? [], compared);
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
        // Leaving twice is news twice.
        tellAnew({ tag: over.has(id) ? 'stayOver' : 'saidToHaveLeft', person });
      }
    },
    dismiss(incident) {
      if (incident.tag === 'more') for (const key of folded) dismissed.add(key);
      else dismissed.add(keyOf(incident));
      if (incident.tag === 'more') {
        folded.clear();
        countedBefore = 0;
      }
      change(incidents.filter((one) => one !== incident));
    },
    told: () => ({
      incidents: incidents.map((one) => renamed(one, (person) => ({ ...person, name: null }))),
      keys: [...keys],
    }),
    recall(before) {
      for (const [participantId, key] of before.keys) {
        const since = keys.get(participantId);
        if (since === undefined) keys.set(participantId, key);
        else if (since.leaf === key.leaf && key.wasCompared) keys.set(participantId, key);
      }
      for (const one of before.incidents) if (one.tag === 'more') countedBefore += one.count;
      const since = new Set(incidents.map(keyOf));
      change([...before.incidents.filter((one) => !since.has(keyOf(one))), ...incidents]);
    },
  };
}

/** The same of a person who is called otherwise. */
function renamed(incident: Incident, rename: (person: NamedPerson) => NamedPerson): Incident {
  switch (incident.tag) {
    case 'keptOut': {
      const person = incident.person && rename(incident.person);
      return person === incident.person ? incident : { ...incident, person };
    }
    case 'refusedChange': {
      const by = incident.by && rename(incident.by);
      return by === incident.by ? incident : { ...incident, by };
    }
    case 'stayOver':
    case 'saidToHaveLeft':
    case 'newKey': {
      const person = rename(incident.person);
      return person === incident.person ? incident : { ...incident, person };
    }
    case 'more':
      return incident;
  }
}

/** Somebody isn't in the visit any more. */
export const isDeparture = (
  incident: Incident,
): incident is Extract<Incident, { tag: 'saidToHaveLeft' | 'stayOver' }> =>
  incident.tag === 'saidToHaveLeft' || incident.tag === 'stayOver';

/** Whether it may be nothing but what people do: they leave, and they load their page anew. */
export const isMild = (incident: Incident): boolean => isDeparture(incident) || incident.tag === 'newKey';

/** Two of the same key are the same incident. */
export function keyOf(incident: Incident): string {
  switch (incident.tag) {
    case 'keptOut':
      return `keptOut ${incident.person?.participantId ?? ''} ${incident.fault}`;
    case 'refusedChange':
      return `refusedChange ${incident.by?.participantId ?? ''} ${incident.reason}`;
    case 'stayOver':
    case 'saidToHaveLeft':
    case 'newKey':
      return `${incident.tag} ${incident.person.participantId}`;
    case 'more':
      return 'more';
  }
}
