'use client';

import type { Guest, GuestKindList } from '@sotto/protocol/guests';
import type { GuestKind, ParticipantId, Role } from '@sotto/protocol/ids';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { createContext, useCallback, useContext, useEffect } from 'react';
import type { VisitSnapshot } from '../call/contract.ts';
import { guestKindsQuery, guestsQuery } from '../clinic/clinicQueries.ts';
import { expectedName, type VisitFacts } from '../visit/visitFacts.ts';

/** What the clinic says of a visit's guests; as what they come nothing else says. */
export interface GuestFacts {
  readonly kind: GuestKind;
  /** Null for those whom the clinic tells no names: they learn them in the visit. */
  readonly name: string | null;
  /** Unix ms; null likewise. */
  readonly endsAt: number | null;
}
export type GuestBook = ReadonlyMap<ParticipantId, GuestFacts>;

export const GuestBookContext = createContext<GuestBook>(new Map());
export const useGuestBook = (): GuestBook => useContext(GuestBookContext);

const toBook = (guests: readonly Guest[]): GuestBook =>
  new Map(
    guests.map(({ participantId, kind, name, endsAt }) => [participantId, { kind, name, endsAt: Date.parse(endsAt) }]),
  );
const kindsToBook = ({ guests }: GuestKindList): GuestBook =>
  new Map(guests.map(({ participantId, kind }) => [participantId, { kind, name: null, endsAt: null }]));

const nobody: GuestBook = new Map();

/** Asks the clinic, and again when somebody is there of whom it hadn't told. */
export function useGuestFacts(facts: VisitFacts, { people, waiting, self }: VisitSnapshot): GuestBook {
  const isHost = facts.kind === 'physician';
  const own = useQuery({ ...guestsQuery(isHost ? facts.visit.id : null), enabled: isHost });
  const kinds = useQuery({
    ...guestKindsQuery(facts.kind === 'physician' ? null : facts.view.visitId),
    enabled: !isHost,
  });
  const book = isHost ? own.data && toBook(own.data.guests) : kinds.data && kindsToBook(kinds.data);
  const there = [...people.filter(({ role }) => role === 'guest'), ...waiting].map(
    ({ participantId }) => participantId,
  );
  const unknown = there
    .filter(
      (id) => book?.has(id) !== true && (!isHost || expectedName(facts, id) === null) && id !== self?.participantId,
    )
    .join();
  const { refetch } = isHost ? own : kinds;
  useEffect(() => {
    if (unknown !== '') void refetch();
  }, [unknown, refetch]);
  return book ?? nobody;
}

/** Whom the clinic expects under an id, guests included. */
export function useExpectedName(facts: VisitFacts): (id: ParticipantId) => string | null {
  const book = useGuestBook();
  return useCallback((id) => expectedName(facts, id) ?? book.get(id)?.name ?? null, [facts, book]);
}

/** As what somebody is in the visit, in a word. */
export function useRoleWord(): (person: { participantId: ParticipantId; role: Role }) => string {
  const t = useTranslations('guests');
  const roles = useTranslations('call.people.role');
  const book = useGuestBook();
  return ({ participantId, role }) =>
    role === 'guest' ? t(`kind.${book.get(participantId)?.kind ?? 'other'}`) : roles(role);
}
