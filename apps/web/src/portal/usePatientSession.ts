'use client';

import type { PatientSession } from '@sotto/protocol/patientSignIn';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect } from 'react';
import { faultCode } from '../clinic/errors.ts';
import { onActivity } from '../idle/activity.ts';
import { readPatientSession, reportPatientActivity } from './patientSessionApi.ts';

const queryKey = ['portalSession'] as const;
/** How often the clinic is told that somebody is there, and asked whether the session lives: neither more often nor later. */
const tellMs = 60_000;
const askMs = 20_000;

const isNobodys = (error: Error | null): boolean =>
  error !== null && ['unauthenticated', 'forbidden', 'notFound'].includes(faultCode(error));

/**
 * Who reads their own page in this browser.
 *
 * @param isWanted false once this browser is to know of nobody
 */
export function usePatientSession(isWanted: boolean) {
  const queries = useQueryClient();
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) => readPatientSession(signal),
    enabled: isWanted,
    // One that a key began ends by itself; a link's lives as long as the link.
    refetchInterval: ({ state }) => (state.data?.ends && !isNobodys(state.error) ? askMs : false),
    retry: (failures, error) => failures < 3 && !isNobodys(error),
  });
  const isOver = isNobodys(query.error);
  const hasKeySession = (query.data?.ends ?? null) !== null;
  const isByKey = isWanted && !isOver && hasKeySession;
  useEffect(() => {
    if (!isByKey) return;
    let toldAt = Date.now();
    return onActivity(() => {
      if (Date.now() - toldAt < tellMs) return;
      toldAt = Date.now();
      reportPatientActivity().then(
        (session) => queries.setQueryData(queryKey, session),
        () => queries.invalidateQueries({ queryKey }),
      );
    });
  }, [isByKey, queries]);
  const forget = useCallback(() => void queries.resetQueries({ queryKey }), [queries]);
  return {
    query,
    /** Nobody is signed in here, or not any more. */
    isOver,
    /** Somebody was, by a key, until a moment ago. */
    wasByKey: isOver && hasKeySession,
    begin: (session: PatientSession) => queries.setQueryData(queryKey, session),
    forget,
  };
}
