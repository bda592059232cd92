'use client';

import type { Guest } from '@sotto/protocol/guests';
import type { VisitId } from '@sotto/protocol/ids';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { putOffGuestEnd } from '../clinic/clinicApi.ts';
import { guestsQuery } from '../clinic/clinicQueries.ts';
import { laterEnd } from './stayChoices.ts';

/** Has the list of a visit's guests read anew. */
export function useGuestsChanged(visit: VisitId): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: guestsQuery(visit).queryKey });
}

/** Puts a guest's end off by a quarter of an hour. Their browser notices by itself, and gets new keys. */
export function useMoreTime(visit: VisitId) {
  const changed = useGuestsChanged(visit);
  return useMutation({
    mutationFn: ({ participantId, endsAt }: Pick<Guest, 'participantId' | 'endsAt'>) =>
      putOffGuestEnd(visit, participantId, laterEnd(new Date(endsAt), new Date())),
    onSettled: changed,
  });
}
