import type { CredentialFault, LeafRef, Refusal } from '@sotto/e2ee';
import type { ParticipantId } from '@sotto/protocol/ids';
import type { Incident, NamedPerson, Person, Self } from './contract.ts';

/** What happened in a visit that a person has to be told, until they say that they have read it. */
export interface Incidents {
  list(): readonly Incident[];
  /** Somebody's credential didn't hold: they were kept out. */
  keptOut(person: Pick<NamedPerson, 'participantId' | 'role'> | null, fault: CredentialFault): void;
  /** A commit was refused. `by`: whose signature it bears. */
  refusedChange(by: LeafRef | null, reason: Refusal): void;
  /** Who is in the visit, at each change: who isn't any more has left by the server's word. */
  follow(people: readonly Person[], self: Self | null): void;
  /** Read. The same isn't told again in this page. */
  dismiss(incident: Incident): void;
}

/** Told at a time. What is older and wasn't dismissed makes room. */
const limit = 4;

/** @param onChange the list is another one */
export function createIncidents(onChange: () => void): Incidents {
  const known = new Map<ParticipantId, NamedPerson>();
  const dismissed = new Set<string>();
  let before: readonly Person[] = [];
  let incidents: readonly Incident[] = [];

  function change(next: readonly Incident[]): void {
    if (next.length === incidents.length && next.every((one, index) => one === incidents[index])) return;
    incidents = next;
    onChange();
  }

  function tell(incident: Incident): void {
    const key = keyOf(incident);
    if (dismissed.has(key) || incidents.some((one) => keyOf(one) === key)) return;
    change([...incidents, incident].slice(-limit));
  }

  const named = (person: Pick<NamedPerson, 'participantId' | 'role'>): NamedPerson => ({
    ...person,
    name: known.get(person.participantId)?.name ?? null,
  });

  return {
    list: () => incidents,
    keptOut(person, fault) {
      tell({ tag: 'keptOut', person: person && named(person), fault });
    },
    refusedChange(by, reason) {
      const role = by && (known.get(by.participantId)?.role ?? null);
      tell({ tag: 'refusedChange', by: by && named({ participantId: by.participantId, role }), reason });
    },
    follow(people, self) {
      for (const { participantId, role, name } of [...people, ...(self ? [self] : [])]) {
        if (name !== null) known.set(participantId, { participantId, role, name });
      }
      const here = new Set(people.map(({ participantId }) => participantId));
      const gone = before.filter(({ participantId, name }) => name !== null && !here.has(participantId));
      before = people;
      change(incidents.filter((one) => one.tag !== 'saidToHaveLeft' || !here.has(one.person.participantId)));
      for (const { participantId, role, name } of gone) {
        const incident: Incident = { tag: 'saidToHaveLeft', person: { participantId, role, name } };
        // Leaving twice is news twice.
        dismissed.delete(keyOf(incident));
        tell(incident);
      }
    },
    dismiss(incident) {
      dismissed.add(keyOf(incident));
      change(incidents.filter((one) => one !== incident));
    },
  };
}

function keyOf(incident: Incident): string {
  switch (incident.tag) {
    case 'keptOut':
      return `keptOut ${incident.person?.participantId ?? ''} ${incident.fault}`;
    case 'refusedChange':
      return `refusedChange ${incident.by?.participantId ?? ''} ${incident.reason}`;
    case 'saidToHaveLeft':
      return `saidToHaveLeft ${incident.person.participantId}`;
  }
}
