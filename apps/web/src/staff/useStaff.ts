'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { sessionQuery } from '../clinic/clinicQueries.ts';
import { faultCode } from '../clinic/errors.ts';
import { useRouter } from '../i18n/navigation.ts';
import { useDraftHold } from '../notes/draftHold.ts';

export type Staff =
  | { tag: 'loading' }
  /** `isExpired`: the session has run out, and the page stays for what is unsaved on it. */
  | { tag: 'signedIn'; session: StaffSession; isExpired: boolean }
  | { tag: 'failed'; retry: () => void };

interface SessionReading {
  readonly data: StaffSession | undefined;
  /** Of the last reading, which may be later than the data. */
  readonly error: Error | null;
}

/**
 * What is known of the session.
 *
 * @param isFollowed whether a page is left when the session runs out
 * @param hasDraft whether something is unsaved on it, for which it stays
 */
export function standingOf(
  { data, error }: SessionReading,
  { isFollowed, hasDraft }: { readonly isFollowed: boolean; readonly hasDraft: boolean },
): 'loading' | 'signedIn' | 'expired' | 'signedOut' | 'failed' {
  const isRefused = error !== null && faultCode(error) === 'unauthenticated';
  if (data) {
    if (!isRefused || !isFollowed) return 'signedIn';
    return hasDraft ? 'expired' : 'signedOut';
  }
  if (isRefused) return 'signedOut';
  return error === null ? 'loading' : 'failed';
}

/**
 * Who is signed in. Leads to the sign-in page, with the page's fragment, when nobody is; but not
 * away from an unsaved note.
 *
 * @param looks `often` notices within a minute that the session has run out; `once` asks at the start only, for a page
 * that must not be torn away: a visit goes on to its end.
 */
export function useStaff(looks: 'often' | 'once'): Staff {
  const router = useRouter();
  const { hasDraft } = useDraftHold();
  const isFollowed = looks === 'often';
  const session = useQuery({
    ...sessionQuery,
    refetchInterval: isFollowed ? 60_000 : false,
    refetchOnWindowFocus: isFollowed,
    refetchOnReconnect: isFollowed,
  });
  const standing = standingOf(session, { isFollowed, hasDraft });
  const signedOut = standing === 'signedOut';
  useEffect(() => {
    if (signedOut) router.replace(`/sign-in/${window.location.hash}`);
  }, [signedOut, router]);
  if (session.data && !signedOut) {
    return { tag: 'signedIn', session: session.data, isExpired: standing === 'expired' };
  }
  if (standing === 'failed') return { tag: 'failed', retry: () => void session.refetch() };
  return { tag: 'loading' };
}
