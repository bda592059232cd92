'use client';

import { readingNonce } from '@sotto/protocol/keystore';
import { useInfiniteQuery } from '@tanstack/react-query';
import { randomId } from '../keystore/bytes.ts';
import { mayPass } from '../keystore/errors.ts';
import { type About, readEntries } from '../keystore/keystoreApi.ts';
import { checkEntry, logTrustOf } from '../keystore/logTrust.ts';
import type { Pins } from '../keystore/pins.ts';
import { judgeReading } from './ownReading.ts';

/**
 * The log from its newest entry back, page by page, each line checked here before it is shown. The first line is this
 * reading's own.
 *
 * @param reader who reads; null for the patient themselves
 */
export function useEntries(about: About, reader: string | null, pins: Pins) {
  return useInfiniteQuery({
    queryKey: ['keystore', 'entries', about, pins.logKey],
    initialPageParam: null as number | null,
    queryFn: async ({ pageParam, signal }) => {
      const nonce = readingNonce.parse(randomId());
      const { reading, entries, ...view } = await readEntries(about, nonce, pageParam, signal);
      const trust = logTrustOf(pins);
      const own = await checkEntry(reading, trust);
      const older = await Promise.all(entries.map((line) => checkEntry(line, trust)));
      return {
        ...view,
        found: judgeReading(own, { about, reader, nonce }),
        // Of older pages it is newer than all that was shown before them.
        entries: pageParam === null ? [own, ...older] : older,
      };
    },
    getNextPageParam: ({ next }) => next,
    // Each reading is itself logged: nothing is read that nobody asked for.
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    staleTime: Number.POSITIVE_INFINITY,
    retry: (failures, error) => failures < 3 && mayPass(error),
  });
}
