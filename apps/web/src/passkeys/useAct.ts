'use client';

import type { StaffId } from '@sotto/protocol/ids';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { CheckedDirectory } from '../keystore/directory.ts';
import type { Pins } from '../keystore/pins.ts';
import { type ActDone, type ActPlan, performAct } from './performAct.ts';

/** An officer's act from the press of a button to the new directory. */
export function useAct(directory: CheckedDirectory, pins: Pins, onDone: (done: ActDone) => void) {
  const queries = useQueryClient();
  const [signer, setSigner] = useState<StaffId | null>(null);
  const acting = useMutation({
    mutationFn: (plan: ActPlan) => performAct(plan, directory, pins, setSigner),
    onSettled: async () => {
      setSigner(null);
      await queries.invalidateQueries({ queryKey: ['keystore'] });
    },
    onSuccess: onDone,
  });
  /** Whose passkey is being asked for. */
  return { acting, signer };
}
