'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { sessionQuery } from '../clinic/clinicQueries.ts';
import { faultCode } from '../clinic/errors.ts';
import { useRouter } from '../i18n/navigation.ts';

export type Staff =
  | { tag: 'loading' }
  | { tag: 'signedIn'; session: StaffSession }
  | { tag: 'failed'; retry: () => void };

/**
 * Who is signed in. Leads to the sign-in page, with the page's fragment, when nobody is.
 *
 * @param looks `often` notices within a minute that the session has run out; `once` asks at the start only, for a page
 * that must not be torn away: a visit goes on to its end.
 */
export function useStaff(looks: 'often' | 'once'): Staff {
  const router = useRouter();
  const isFollowed = looks === 'often';
  const session = useQuery({
    ...sessionQuery,
    refetchInterval: isFollowed ? 60_000 : false,
    refetchOnWindowFocus: isFollowed,
    refetchOnReconnect: isFollowed,
  });
  const isRefused = session.isError && faultCode(session.error) === 'unauthenticated';
  const signedOut = isRefused && (isFollowed || !session.data);
  useEffect(() => {
    if (signedOut) router.replace(`/sign-in/${window.location.hash}`);
  }, [signedOut, router]);
  if (session.data && !signedOut) return { tag: 'signedIn', session: session.data };
  if (session.isLoadingError && !isRefused) return { tag: 'failed', retry: () => void session.refetch() };
  return { tag: 'loading' };
}
