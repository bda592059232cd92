'use client';

import type { PatientId, VisitId } from '@sotto/protocol/ids';
import type { CredentialId, PatientKeyStatement } from '@sotto/protocol/keystore';
import type { SealedObject } from '@sotto/protocol/records';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { browserStorage } from '../call/browserStorage.ts';
import type { Pins } from '../keystore/pins.ts';
import type { OpenedNote, OpeningStep, SignRelease } from '../release/release.ts';
import { rememberOwnPatient } from './ownPatient.ts';

interface OwnOpeningOptions {
  readonly patient: PatientId;
  readonly pins: Pins;
  /** The patient's keys, as the keystore signed them. */
  readonly signed: readonly PatientKeyStatement[];
  /** In which the note must have been written. */
  readonly visit: VisitId;
  /** The sealed bytes, when they are needed. */
  readonly load: () => Promise<Pick<SealedObject, 'object' | 'manifest' | 'run'>>;
}

/** A patient opens a note of their own. What was opened stays in this component's memory alone. */
export function useOwnOpening({ patient, pins, signed, visit, load }: OwnOpeningOptions) {
  const [step, setStep] = useState<OpeningStep>('preparing');
  const opening = useMutation<OpenedNote, Error, SignRelease>({
    mutationFn: async (sign) => {
      setStep('preparing');
      const [{ openSealedNote }, { loadDirectory }] = await Promise.all([
        import('../release/release.ts'),
        import('../keystore/keystoreQueries.ts'),
      ]);
      const [sealed, directory] = await Promise.all([load(), loadDirectory(pins)]);
      const { object } = sealed;
      let used: CredentialId | null = null;
      const signing: SignRelease = async (challenge) => {
        const assertion = await sign(challenge);
        used = assertion.credential;
        return assertion;
      };
      const note = await openSealedNote(
        {
          ...{ object, visit, sealed, user: patient, session: 'visit', sign: signing, pins, directory },
          ...{ purpose: 'patientRequest', use: 'open', breakGlass: null, approval: null },
        },
        setStep,
      );
      // The keystore has taken this key's signature as this patient's: now this browser knows it too.
      const key = signed.find(({ payload }) => payload.credential === used);
      if (key) rememberOwnPatient(key, browserStorage('localStorage'));
      return note;
    },
    gcTime: 0,
  });
  return { opening, step };
}
