'use client';

import { useQuery } from '@tanstack/react-query';
import { identityQuery } from '../keystore/keystoreQueries.ts';
import type { Pins } from '../keystore/pins.ts';

/** The keystore that this browser knows; null while it isn't asked, doesn't answer, or is another one. */
export function usePins(): Pins | null {
  const { data } = useQuery(identityQuery);
  return data?.verdict.tag === 'trusted' ? data.verdict.pins : null;
}
