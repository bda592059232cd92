'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useMemo } from 'react';
import type { Person, VisitSnapshot } from '../call/contract.ts';
import { type GuestBook, GuestBookContext, useGuestBook } from '../guests/guestBook.ts';
import type { VisitFacts } from './visitFacts.ts';

interface Shown {
  readonly snapshot: VisitSnapshot;
  readonly facts: VisitFacts;
}

interface NamesHiddenProps extends Shown {
  isHidden: boolean;
  children: (shown: Shown) => ReactNode;
}

const nobody: GuestBook = new Map();
const nameless = (person: Person): Person => ({ ...person, name: null });

/** A call as it is, or while its page is locked: who is there and who waits, without names, and nothing that was said or happened. */
export function NamesHidden({ isHidden, snapshot, facts, children }: NamesHiddenProps) {
  const someone = useTranslations('call')('people.someone');
  const book = useGuestBook();
  const shown = useMemo(
    () => (isHidden ? { snapshot: withoutNames(snapshot), facts: ofSomebody(facts, someone) } : { snapshot, facts }),
    [isHidden, snapshot, facts, someone],
  );
  return <GuestBookContext value={isHidden ? nobody : book}>{children(shown)}</GuestBookContext>;
}

const withoutNames = (snapshot: VisitSnapshot): VisitSnapshot => ({
  ...snapshot,
  ...{ people: snapshot.people.map(nameless), incidents: [], chat: [] },
});

const ofSomebody = (facts: VisitFacts, someone: string): VisitFacts =>
  facts.kind === 'physician'
    ? { ...facts, visit: { ...facts.visit, patient: { ...facts.visit.patient, name: someone } } }
    : facts;
