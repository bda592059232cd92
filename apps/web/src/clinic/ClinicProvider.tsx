'use client';

import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { sessionQuery } from './clinicQueries.ts';
import { faultCode } from './errors.ts';

function createClient(): QueryClient {
  // Whichever request learns that the session has run out, or is locked: whoever watches the session asks again, and acts on it.
  const onFault = (error: Error) => {
    if (['unauthenticated', 'locked'].includes(faultCode(error))) {
      void client.invalidateQueries({ queryKey: sessionQuery.queryKey }, { cancelRefetch: false });
    }
  };
  const client = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        if (query.queryKey[0] !== sessionQuery.queryKey[0]) onFault(error);
      },
    }),
    mutationCache: new MutationCache({ onError: onFault }),
    defaultOptions: {
      mutations: { networkMode: 'always' },
      queries: {
        // Offline is told as not reached, rather than by a page that loads without end.
        networkMode: 'always',
        staleTime: 10_000,
        // Only what may pass by itself is tried again.
        retry: (failures, error) => failures < 3 && ['unreachable', 'unavailable'].includes(faultCode(error)),
        retryDelay: (attempt) => Math.min(500 * 2 ** attempt, 4_000),
      },
    },
  });
  return client;
}

/** Server state for the pages below. */
export function ClinicProvider({ children }: { children: ReactNode }) {
  const [client] = useState(createClient);
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>;
}
