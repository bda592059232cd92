'use client';

import { type ReadingNonce, readingNonce } from '@sotto/protocol/keystore';
import { useInfiniteQuery } from '@tanstack/react-query';
import { randomId } from '../keystore/bytes.ts';
import { mayPass } from '../keystore/errors.ts';
import { type About, readEntries } from '../keystore/keystoreApi.ts';
import { checkEntry, logTrustOf } from '../keystore/logTrust.ts';
import type { Pins } from '../keystore/pins.ts';
import { judgeReading } from './ownReading.ts';
import { readPlatformLog, readPlatformLogKeys } from './platformLogApi.ts';

interface Page {
  readonly nonce: ReadingNonce;
  readonly before: number | null;
  readonly signal: AbortSignal;
}

/**
 * A page of either log, and whom to believe about it. The platform's key is what the server says; that its log is the one
 * that the witness knows, the witness says, by the key that this browser has pinned.
 */
async function readPage(about: About, pins: Pins, { nonce, before, signal }: Page) {
  if (about.of !== 'platform') {
    return { trust: logTrustOf(pins), page: await readEntries(about, nonce, before, signal) };
  }
  const [{ log: logKey }, view] = [
    await readPlatformLogKeys(signal),
    await readPlatformLog(about.followed, nonce, before, signal),
  ];
  return { trust: logTrustOf({ ...pins, logKey }), page: { ...view, patients: [] } };
}

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
      const { trust, page } = await readPage(about, pins, { nonce, before: pageParam, signal });
      const { reading, entries, ...view } = page;
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
