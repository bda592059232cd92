import type { Person, VisitSnapshot } from '../call/contract.ts';
import type { VisitFacts } from './visitFacts.ts';

const nameless = (person: Person): Person => ({ ...person, name: null });

/** What a call shows of people while its page is locked: who is there and waits, without names, and nothing that was said or happened. */
export const withoutNames = (snapshot: VisitSnapshot): VisitSnapshot => ({
  ...snapshot,
  ...{ people: snapshot.people.map(nameless), incidents: [], chat: [] },
});

/** The visit of somebody. */
export const ofSomebody = (facts: VisitFacts, someone: string): VisitFacts =>
  facts.kind === 'physician'
    ? { ...facts, visit: { ...facts.visit, patient: { ...facts.visit.patient, name: someone } } }
    : facts;
