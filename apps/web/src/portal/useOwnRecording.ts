'use client';

import type { PatientId } from '@sotto/protocol/ids';
import type { CredentialId, PatientKeyStatement, ReleaseUse } from '@sotto/protocol/keystore';
import { useRef } from 'react';
import { browserStorage } from '../call/browserStorage.ts';
import type { Pins } from '../keystore/pins.ts';
import type { ListedRecording } from '../player/recordings.ts';
import { useRecordingOpening } from '../player/useRecordingOpening.ts';
import type { SignRelease } from '../release/release.ts';
import { rememberOwnPatient } from './ownPatient.ts';

interface OwnRecordingOptions {
  readonly listed: ListedRecording;
  readonly patient: PatientId;
  /** The patient's keys, as the keystore signed them. */
  readonly signed: readonly PatientKeyStatement[];
  readonly pins: Pins;
  readonly use: ReleaseUse;
}

/** A patient opens a recording of their own, with one of their keys. */
export function useOwnRecording({ listed, patient, signed, pins, use }: OwnRecordingOptions) {
  const used = useRef<CredentialId | null>(null);
  return useRecordingOpening<SignRelease>({
    listed,
    pins,
    askingFor: async (sign) => ({
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
  });
}
