'use client';

import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { ListedRecording } from '../player/recordings.ts';
import type { OpeningStep, SignRelease } from '../release/release.ts';
import { type OwnAskingOptions, useOwnAsking } from './useOwnRecording.ts';

/** A patient gets the key of a recording of their own as a file, by a request of its own that is signed and logged as a copy's. */
export function useKeptRelease({
  listed,
  ...own
}: Omit<OwnAskingOptions<'copy'>, 'use'> & { readonly listed: ListedRecording }) {
  const [step, setStep] = useState<OpeningStep>('preparing');
  const { askingFor, onOpened } = useOwnAsking({ ...own, use: 'copy' });
  const keeping = useMutation<Blob, Error, SignRelease>({
    mutationFn: async (sign) => {
      const { keepRelease } = await import('../release/release.ts');
      const objects = listed.objects.map(({ object }) => object);
      const file = await keepRelease(await askingFor(sign), objects, listed.visit, setStep);
      onOpened();
      return file;
    },
    // The key isn't kept after the dialog has let go of it.
    gcTime: 0,
  });
  return { keeping, step };
}

export type KeptRelease = ReturnType<typeof useKeptRelease>;
