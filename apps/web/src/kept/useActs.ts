'use client';

import type { StaffId } from '@sotto/protocol/ids';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ActMatter } from '../keystore/acts.ts';
import type { CheckedDirectory } from '../keystore/directory.ts';
import type { Pins } from '../keystore/pins.ts';
import { type ActDone, type ActPlan, performAct } from '../passkeys/performAct.ts';
import { ActSeries } from './actSeries.ts';

interface ActsOptions {
  readonly directory: CheckedDirectory;
  readonly pins: Pins;
  /** All are done, or some are and whoever signs has closed the rest. */
  readonly onDone: (done: readonly ActDone[]) => void;
  /** Closed before anything was done. */
  readonly onClose: () => void;
}

/** One act on each of some matters, from the press of a button to the new directory. Pressed again, it goes on where it failed. */
export function useActs(
  matters: readonly ActMatter[],
  { newcomer, signers }: Pick<ActPlan, 'newcomer' | 'signers'>,
  { directory, pins, onDone, onClose }: ActsOptions,
) {
  const queries = useQueryClient();
  const [signer, setSigner] = useState<StaffId | null>(null);
  /** How many passkeys were asked for. */
  const [asked, setAsked] = useState(0);
  const [series] = useState(() => new ActSeries(matters));
  const acting = useMutation({
    mutationFn: () =>
      series.run((matter) => {
        setAsked(series.done.length * signers.length);
        return performAct({ matter, newcomer, signers }, directory, pins, (officer) => {
          setSigner(officer);
          setAsked((before) => before + 1);
        });
      }),
    onSettled: async () => {
      setSigner(null);
      await queries.invalidateQueries({ queryKey: ['keystore'] });
    },
    onSuccess: onDone,
  });
  const close = () => {
    series.stop();
    const { done } = series;
    // What is being signed for ends first: its receipt comes with those of the others.
    if (!acting.isPending && done.length > 0) onDone(done);
    else onClose();
  };
  return { acting, signer, asked, close };
}
