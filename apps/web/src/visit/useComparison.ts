'use client';

import type { ComparisonRoundId } from '@sotto/e2ee';
import { type ComponentType, useState } from 'react';
import type { ActionOutcome, ComparisonAnswer, VisitCall, VisitSnapshot } from '../call/contract.ts';
import type { CompareDialogProps } from './CompareDialog.tsx';

/** Few visits need it: fetched when somebody asks for it. */
const loadDialog = () => import('./CompareDialog.tsx');

/** The dialog in which codes are compared, and whether somebody else asks for it. */
export interface ComparisonControls {
  /** Null while it is closed. */
  readonly Dialog: ComponentType<CompareDialogProps> | null;
  /** Somebody else has started, and the user of this browser hasn't looked yet. */
  readonly isAsked: boolean;
  /** Shows the codes, of a new round unless one is open. */
  readonly compare: () => Promise<ActionOutcome>;
  /** Shows what came of the last one. */
  readonly show: () => Promise<ActionOutcome>;
  readonly dismiss: () => void;
  readonly answer: (answer: ComparisonAnswer) => Promise<ActionOutcome>;
}

export function useComparison(call: VisitCall, { comparison }: VisitSnapshot): ComparisonControls {
  const [Dialog, setDialog] = useState<ComponentType<CompareDialogProps> | null>(null);
  const [dismissed, setDismissed] = useState<ComparisonRoundId | null>(null);
  const open = comparison?.tag === 'collecting' || comparison?.tag === 'complete' ? comparison : null;

  const show = async (): Promise<ActionOutcome> => {
    try {
      const { CompareDialog } = await loadDialog();
      setDialog(() => CompareDialog);
      return 'done';
    } catch {
      return 'failed';
    }
  };
  const answer = (given: ComparisonAnswer): Promise<ActionOutcome> =>
    open === null ? Promise.resolve('done') : call.answerComparison(open.round, given);
  return {
    Dialog,
    isAsked: open !== null && !open.isOwn && Dialog === null && dismissed !== open.round,
    // The round first: the dialog isn't to show what came of the one before.
    compare: async () => ((await call.compare()) === 'done' ? show() : 'failed'),
    show,
    dismiss() {
      setDialog(null);
      if (open === null) return;
      setDismissed(open.round);
      // Whoever started it gives it up by that; somebody else only doesn't look, the rest may go on.
      if (open.isOwn) void answer('stopped');
    },
    answer,
  };
}
