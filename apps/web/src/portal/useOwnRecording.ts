'use client';

import type { PatientId } from '@sotto/protocol/ids';
import type { CredentialId, PatientKeyStatement, ReleaseUse } from '@sotto/protocol/keystore';
import { useRef } from 'react';
import { browserStorage } from '../call/browserStorage.ts';
import type { Pins } from '../keystore/pins.ts';
import type { ListedRecording } from '../player/recordings.ts';
import { useRecordingOpening } from '../player/useRecordingOpening.ts';
import type { Asking, SignRelease } from '../release/release.ts';
import { rememberOwnPatient } from './ownPatient.ts';

export interface OwnAskingOptions<Use extends ReleaseUse> {
  readonly patient: PatientId;
  /** The patient's keys, as the keystore signed them. */
  readonly signed: readonly PatientKeyStatement[];
  readonly pins: Pins;
  readonly use: Use;
}

/** How a patient asks for what is theirs, with one of their keys. */
export function useOwnAsking<Use extends ReleaseUse>({ patient, signed, pins, use }: OwnAskingOptions<Use>) {
  const used = useRef<CredentialId | null>(null);
  return {
    askingFor: async (sign: SignRelease): Promise<Asking & { readonly use: Use }> => ({
      ...{ user: patient, session: 'visit', purpose: 'patientRequest', use, breakGlass: null, approval: null, pins },
      sign: async (challenge) => {
        const assertion = await sign(challenge);
        used.current = assertion.credential;
        return assertion;
      },
    }),
    onOpened: () => {
      // The keystore has taken this key's signature as this patient's: now this browser knows it too.
      const key = signed.find(({ payload }) => payload.credential === used.current);
      if (key) rememberOwnPatient(key, browserStorage('localStorage'));
    },
  };
}

/** A patient opens a recording of their own, with one of their keys. */
export function useOwnRecording({
  listed,
  ...own
}: OwnAskingOptions<ReleaseUse> & { readonly listed: ListedRecording }) {
  return useRecordingOpening<SignRelease>({ listed, pins: own.pins, ...useOwnAsking(own) });
}
