'use client';

import type { PatientId, VisitId } from '@sotto/protocol/ids';
import type { SealedObject } from '@sotto/protocol/records';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Pins } from '../keystore/pins.ts';
import type { OpeningStep, SignRelease } from '../release/release.ts';
import type { OpenedNote } from '../release/releaseThread.ts';

interface OwnOpeningOptions {
  readonly patient: PatientId;
  readonly pins: Pins;
  /** In which the note must have been written. */
  readonly visit: VisitId;
  /** The sealed bytes, when they are needed. */
  readonly load: () => Promise<Pick<SealedObject, 'object' | 'manifest' | 'run'>>;
}

/** A patient opens a note of their own. What was opened stays in this component's memory alone. */
export function useOwnOpening({ patient, pins, visit, load }: OwnOpeningOptions) {
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
      return openSealedNote(
        {
          ...{ object, visit, sealed, user: patient, session: 'visit', sign, pins, directory },
          ...{ purpose: 'patientRequest', breakGlass: null, approval: null },
        },
        setStep,
      );
    },
    gcTime: 0,
  });
  return { opening, step };
}
