'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { VisitCall, VisitSnapshot } from '../call/contract.ts';
import { readJoin } from '../clinic/clinicApi.ts';
import type { VisitFacts } from '../visit/visitFacts.ts';
import { askEveryMs } from './stayAsking.ts';

/**
 * For a guest: asks the clinic whether the end was put off, often when it is near. If so this leaf is given up for one with
 * a new credential, which the host's browser adds by the admission that stands.
 */
export function useOwnStay(call: VisitCall, facts: VisitFacts, { self, phase }: VisitSnapshot): void {
  const queries = useQueryClient();
  const until = self?.until ?? null;
  const isHere = until !== null && (phase.tag === 'inVisit' || phase.tag === 'waiting');
  const { data } = useQuery({
    queryKey: ['join', 'stay'],
    queryFn: ({ signal }) => readJoin(signal),
    enabled: facts.kind === 'guest' && isHere,
    refetchInterval: () => askEveryMs(until === null ? null : until - Date.now()),
    refetchIntervalInBackground: true,
  });
  const asked = useRef(0);
  useEffect(() => {
    if (data?.role !== 'guest' || !isHere) return;
    const end = Math.floor(Date.parse(data.endsAt) / 1000) * 1000;
    // Once for each end: a credential may end sooner than that, by the longest that any lives.
    if (end <= until || end <= asked.current) return;
    asked.current = end;
    queries.setQueryData(['join'], data);
    void call.rejoin();
  }, [call, data, isHere, until, queries]);
}
