'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import type { StaffId } from '@sotto/protocol/ids';
import type { PasskeySignIn } from '@sotto/protocol/signIn';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useEffectEvent } from 'react';
import { handInPasskey } from '../clinic/clinicApi.ts';
import { configQuery } from '../clinic/clinicQueries.ts';
import { ClinicFault, faultCode } from '../clinic/errors.ts';
import { canOfferPasskeys } from '../keystore/passkey.ts';
import { signInByPasskey, signSignIn } from './passkeySignIn.ts';

/** Less than a challenge lives: an offer that waits longer is made anew. */
const offerMs = 4 * 60_000;

/** Signs in by passkey, in the browser's dialog. @param staff who is signed in on this page; null where nobody is */
export function usePasskeySignIn(staff: StaffId | null, onSuccess: (session: StaffSession) => void) {
  const config = useQuery(configQuery);
  return useMutation({
    mutationFn: async () => {
      const known = config.data ?? (await config.refetch()).data;
      if (known === undefined) throw new ClinicFault('unreachable');
      return await signInByPasskey(known.clinic.id, staff);
    },
    onSuccess,
  });
}

/**
 * Offers passkeys where somebody types. What goes wrong before they take one goes unsaid, since nobody has asked for it; that
 * theirs was refused is told, and it is offered again.
 *
 * @param isWanted false while the browser's dialog is open: it asks one thing at a time
 */
export function useOfferedPasskey(
  isWanted: boolean,
  onSuccess: (session: StaffSession) => void,
  onRefused: (error: Error) => void,
): void {
  const clinic = useQuery(configQuery).data?.clinic.id;
  const handIn = useEffectEvent(async (signed: PasskeySignIn): Promise<'done' | 'refused' | 'tooMany'> => {
    try {
      onSuccess(await handInPasskey(signed));
      return 'done';
    } catch (error) {
      onRefused(error instanceof Error ? error : new ClinicFault('unreachable'));
      return faultCode(error) === 'rateLimited' ? 'tooMany' : 'refused';
    }
  });
  useEffect(() => {
    if (!isWanted || clinic === undefined) return;
    let controller = new AbortController();
    const offer = async () => {
      controller.abort();
      controller = new AbortController();
      const { signal } = controller;
      const signed = await canOfferPasskeys()
        .then((can) => (can && !signal.aborted ? signSignIn(clinic, 'offered', signal) : null))
        // The button is there all the same, and says what is wrong.
        .catch(() => null);
      if (signed === null) return;
      const outcome = await handIn(signed);
      if (outcome === 'refused' && !signal.aborted) await offer();
    };
    void offer();
    const timer = setInterval(() => void offer(), offerMs);
    return () => {
      clearInterval(timer);
      controller.abort();
    };
  }, [isWanted, clinic]);
}
