'use client';

import type { StaffId, VisitId } from '@sotto/protocol/ids';
import type { SealedObject } from '@sotto/protocol/records';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Pins } from '../keystore/pins.ts';
import type { BreakGlassReason, OpenedNote, OpeningStep } from '../release/release.ts';

interface OpeningOptions {
  readonly user: StaffId;
  readonly pins: Pins;
  /** In which the note must have been written; null where that isn't known. */
  readonly visit: VisitId | null;
  /** The sealed bytes, when they are needed. */
  readonly load: () => Promise<Pick<SealedObject, 'object' | 'manifest' | 'run'>>;
}

export interface OpeningWish {
  readonly breakGlass: BreakGlassReason | null;
  readonly approver: StaffId | null;
}

/** Opening one note, from the press of the button. What was opened stays in this component's memory alone. */
export function useOpening({ user, pins, visit, load }: OpeningOptions) {
  const [step, setStep] = useState<OpeningStep>('preparing');
  const opening = useMutation<OpenedNote, Error, OpeningWish>({
    mutationFn: async ({ breakGlass, approver }) => {
      setStep('preparing');
      const [{ openSealedNote, staffSigner }, { loadDirectory }] = await Promise.all([
        import('../release/release.ts'),
        import('../keystore/keystoreQueries.ts'),
      ]);
      // Fresh: a passkey that was revoked a moment ago doesn't count.
      const [sealed, directory] = await Promise.all([load(), loadDirectory(pins)]);
      const purpose = breakGlass === null ? 'treatment' : 'emergency';
      const { object } = sealed;
      const sign = staffSigner(directory, pins, user);
      const approval = approver === null ? null : { approver, sign: staffSigner(directory, pins, approver) };
      return openSealedNote(
        {
          object,
          visit,
          sealed,
          user,
          session: 'staff',
          sign,
          purpose,
          use: 'open',
          breakGlass,
          approval,
          pins,
          directory,
        },
        setStep,
      );
    },
    // The text isn't kept after the page has let go of it.
    gcTime: 0,
  });
  return { opening, step };
}
