'use client';

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { faultCode } from './errors.ts';

/** Server state for the pages below. Only what may pass by itself is tried again. */
export function ClinicProvider({ children }: { children: ReactNode }) {
  const [client] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          queries: {
            staleTime: 10_000,
            retry: (failures, error) => failures < 3 && ['unreachable', 'unavailable'].includes(faultCode(error)),
            retryDelay: (attempt) => Math.min(500 * 2 ** attempt, 4_000),
          },
        },
      }),
  );
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>;
}
