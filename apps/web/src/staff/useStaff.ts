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

/** Who is signed in. Leads to the sign-in page, with the page's fragment, when nobody is. */
export function useStaff(): Staff {
  const router = useRouter();
  const session = useQuery({ ...sessionQuery, refetchInterval: 60_000 });
  const signedOut = session.isError && faultCode(session.error) === 'unauthenticated';
  useEffect(() => {
    if (signedOut) router.replace(`/sign-in/${window.location.hash}`);
  }, [signedOut, router]);
  if (session.data && !signedOut) return { tag: 'signedIn', session: session.data };
  if (session.isError && !signedOut) return { tag: 'failed', retry: () => void session.refetch() };
  return { tag: 'loading' };
}
