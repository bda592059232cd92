'use client';

import { useInfiniteQuery } from '@tanstack/react-query';
import { mayPass } from '../keystore/errors.ts';
import { type About, readEntries } from '../keystore/keystoreApi.ts';
import { checkEntry, logTrustOf } from '../keystore/logTrust.ts';
import type { Pins } from '../keystore/pins.ts';

/** The log from its newest entry back, page by page, each line checked here before it is shown. */
export function useEntries(about: About, pins: Pins) {
  return useInfiniteQuery({
    queryKey: ['keystore', 'entries', about, pins.logKey],
    initialPageParam: null as number | null,
    queryFn: async ({ pageParam, signal }) => {
      const readAt = Date.now();
      const view = await readEntries(about, pageParam, signal);
      const trust = logTrustOf(pins);
      return { ...view, readAt, entries: await Promise.all(view.entries.map((line) => checkEntry(line, trust))) };
    },
    getNextPageParam: ({ next }) => next,
    // Each reading is itself logged: nothing is read that nobody asked for.
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    staleTime: Number.POSITIVE_INFINITY,
    retry: (failures, error) => failures < 3 && mayPass(error),
  });
}
