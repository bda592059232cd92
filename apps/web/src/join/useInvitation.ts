'use client';

import { invitationSecret, type JoinView, joinRefusals } from '@sotto/protocol/clinic';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { readJoin, redeemInvitation } from '../clinic/clinicApi.ts';
import { ClinicFault, faultCode } from '../clinic/errors.ts';

/** Why there is no visit to join, by what the patient can do. */
export type InvitationProblem =
  /** The page was opened without a link, and no visit was joined from this browser lately. */
  | 'noLink'
  /** Mistyped, replaced or turned off. */
  | 'deadLink'
  /** After dates of birth that were wrong. */
  | 'locked'
  /** The clinic asks for a date of birth, and has none of this patient. */
  | 'noBirthDate'
  | 'over'
  /** A guest's time in it is. */
  | 'stayOver'
  | 'cancelled'
  | 'tooMany'
  | 'unreachable';

export type InvitationState =
  | { tag: 'loading' }
  | { tag: 'birthDate'; wrong: number; isPending: boolean; tell: (date: string) => void }
  | { tag: 'invited'; view: JoinView }
  | { tag: 'problem'; problem: InvitationProblem; retry: () => void };

/**
 * Turns the secret behind the `#` into a session, then takes it out of the address: it is not left in the history,
 * and a reload goes on with the session. While the clinic can't be reached it stays, so that a reload can try again.
 */
async function openInvitation(birthDate?: string): Promise<JoinView> {
  const fragment = window.location.hash.slice(1);
  const secret = invitationSecret.safeParse(fragment);
  if (!secret.success) throw new ClinicFault('notFound');
  const view = await redeemInvitation({ secret: secret.data, birthDate });
  window.history.replaceState(null, '', window.location.pathname);
  return view;
}

const hasLink = () => window.location.hash.length > 1;

function problemOf(error: Error): InvitationProblem {
  switch (faultCode(error)) {
    case 'unauthenticated':
      return 'noLink';
    case 'notFound':
      return 'deadLink';
    case 'wrongState':
      return 'over';
    case 'conflict':
      return 'noBirthDate';
    case 'rateLimited':
      return 'tooMany';
    default:
      return 'unreachable';
  }
}

/**
 * @param canJoin false leaves the link unopened and in the address, for a browser that can; null is not known yet
 */
export function useInvitation(canJoin: boolean | null): InvitationState {
  const query = useQuery({
    queryKey: ['join'],
    queryFn: ({ signal }) => (hasLink() ? openInvitation() : readJoin(signal)),
    enabled: canJoin === true,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const queries = useQueryClient();
  const [wrong, setWrong] = useState(0);
  const telling = useMutation({
    mutationFn: openInvitation,
    onSuccess: (view) => queries.setQueryData(['join'], view),
    onError: (error) => {
      if (faultCode(error) === joinRefusals.birthDateWrong) setWrong((count) => count + 1);
    },
  });
  useEffect(() => {
    // Another link pasted into the same tab changes only the fragment: the page begins anew with it.
    const begin = () => {
      if (hasLink()) window.location.reload();
    };
    window.addEventListener('hashchange', begin);
    return () => window.removeEventListener('hashchange', begin);
  }, []);
  const retry = () => {
    telling.reset();
    void query.refetch();
  };
  if (query.isSuccess) {
    const view = query.data;
    if (view.status === 'ended') return { tag: 'problem', problem: 'over', retry };
    if (view.status === 'cancelled') return { tag: 'problem', problem: 'cancelled', retry };
    if (view.role === 'guest' && Date.parse(view.endsAt) <= query.dataUpdatedAt) {
      return { tag: 'problem', problem: 'stayOver', retry };
    }
    return { tag: 'invited', view };
  }
  if (telling.isError && faultCode(telling.error) !== joinRefusals.birthDateWrong) {
    const problem = problemOf(telling.error);
    return { tag: 'problem', problem: problem === 'deadLink' ? 'locked' : problem, retry };
  }
  if (query.isError && faultCode(query.error) === joinRefusals.birthDateMissing) {
    return { tag: 'birthDate', wrong, isPending: telling.isPending, tell: telling.mutate };
  }
  if (query.isError && !query.isFetching) return { tag: 'problem', problem: problemOf(query.error), retry };
  return { tag: 'loading' };
}
