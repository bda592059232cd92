'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useEffectEvent } from 'react';
import { configQuery } from '../clinic/clinicQueries.ts';
import { ClinicFault } from '../clinic/errors.ts';
import { canOfferPasskeys } from '../keystore/passkey.ts';
import { signInByPasskey } from './passkeySignIn.ts';

/** Less than a challenge lives: an offer that waits longer is made anew. */
const offerMs = 4 * 60_000;

/** Signs in by passkey, in the browser's dialog. */
export function usePasskeySignIn(onSuccess: (session: StaffSession) => void) {
  const config = useQuery(configQuery);
  return useMutation({
    mutationFn: async () => {
      const known = config.data ?? (await config.refetch()).data;
      if (known === undefined) throw new ClinicFault('unreachable');
      return await signInByPasskey(known.clinic.id, 'asked', new AbortController().signal);
    },
    onSuccess,
  });
}

/**
 * Offers passkeys where somebody types. What goes wrong with it goes unsaid, since nobody has asked for it.
 *
 * @param isWanted false while the browser's dialog is open: it asks one thing at a time
 */
export function useOfferedPasskey(isWanted: boolean, onSuccess: (session: StaffSession) => void): void {
  const clinic = useQuery(configQuery).data?.clinic.id;
  const finish = useEffectEvent(onSuccess);
  useEffect(() => {
    if (!isWanted || clinic === undefined) return;
    let controller = new AbortController();
    const offer = async () => {
      controller.abort();
      controller = new AbortController();
      const { signal } = controller;
      try {
        if (!(await canOfferPasskeys()) || signal.aborted) return;
        finish(await signInByPasskey(clinic, 'offered', signal));
      } catch {
        // The button is there all the same, and says what is wrong.
      }
    };
    void offer();
    const timer = setInterval(() => void offer(), offerMs);
    return () => {
      clearInterval(timer);
      controller.abort();
    };
  }, [isWanted, clinic]);
}
