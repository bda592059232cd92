'use client';

import type { PatientId } from '@sotto/protocol/ids';
import type { PatientKeyStatement } from '@sotto/protocol/keystore';
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
  readonly isPlayed: boolean;
}

/** A patient opens a recording of their own, with one of their keys. */
export function useOwnRecording({ listed, patient, signed, pins, isPlayed }: OwnRecordingOptions) {
  return useRecordingOpening<SignRelease>({
    listed,
    pins,
    isPlayed,
    askingFor: async (sign) => ({
      ...{ user: patient, session: 'visit', purpose: 'patientRequest', breakGlass: null, approval: null, pins },
      sign: async (challenge) => {
        const assertion = await sign(challenge);
        const key = signed.find(({ payload }) => payload.credential === assertion.credential);
        // If the keystore doesn't take it as this patient's, it is forgotten with the next list of keys.
        if (key) rememberOwnPatient(key, browserStorage('localStorage'));
        return assertion;
      },
    }),
  });
}
