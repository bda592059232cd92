import type { VisitId } from '@sotto/protocol/ids';
import { queryOptions, skipToken, useQuery } from '@tanstack/react-query';
import {
  findPatients,
  listGuests,
  listVisits,
  readConfig,
  readGuestKinds,
  readInvitation,
  readSession,
  readVisit,
} from './clinicApi.ts';

/** What the pages read of the clinic, under the keys by which it is cached and made stale. */

export const configQuery = queryOptions({
  queryKey: ['config'],
  queryFn: ({ signal }) => readConfig(signal),
  staleTime: Number.POSITIVE_INFINITY,
});

export const sessionQuery = queryOptions({ queryKey: ['session'], queryFn: ({ signal }) => readSession(signal) });

/** Asked again every half minute: another device or a colleague may have changed the day. */
export const dayQuery = (day: { from: Date; to: Date }) =>
  queryOptions({
    queryKey: ['visits', 'list', day.from.toISOString()],
    queryFn: ({ signal }) => listVisits(day.from, day.to, signal),
    refetchInterval: 30_000,
  });

export const visitQuery = (id: VisitId) =>
  queryOptions({ queryKey: ['visits', 'one', id], queryFn: ({ signal }) => readVisit(id, signal) });

export interface TypedPatient {
  readonly patientName: string;
  /** `1954-03-09` */
  readonly birthDate: string;
}

/** Whether somebody was here before; kept for as long as a form is open. @param typed null where nobody asks */
export const seenBeforeQuery = (typed: TypedPatient | null) =>
  queryOptions({
    queryKey: ['patients', 'seen', typed],
    queryFn: typed === null ? skipToken : ({ signal }) => findPatients(typed, signal),
    // Each look is an entry in the clinic's log, and counts.
    staleTime: 5 * 60_000,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });

export const invitationQuery = (id: VisitId) =>
  queryOptions({
    queryKey: ['visits', 'invitation', id],
    queryFn: ({ signal }) => readInvitation(id, signal),
    staleTime: 0,
    gcTime: 0,
  });

/** A visit's guests, for its physician. @param id null where nobody asks */
export const guestsQuery = (id: VisitId | null) =>
  queryOptions({
    queryKey: ['visits', 'guests', id],
    queryFn: ({ signal }) => (id === null ? { guests: [] } : listGuests(id, signal)),
    refetchInterval: 30_000,
  });

/** As what the guests of a visit come, for its patient and guests. @param id null where nobody asks */
export const guestKindsQuery = (id: VisitId | null) =>
  queryOptions({
    queryKey: ['join', 'guests', id],
    queryFn: ({ signal }) => readGuestKinds(signal),
    staleTime: 60_000,
  });

/** The clinic's name once it is known. */
export const useClinicName = (): string | undefined => useQuery(configQuery).data?.clinic.name;
