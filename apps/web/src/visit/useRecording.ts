'use client';

import { useLocale } from 'next-intl';
import { useEffect, useState } from 'react';
import type { ActionOutcome, VisitCall, VisitSnapshot } from '../call/contract.ts';
import { isOpen } from './recordingView.ts';

/** What the word that it's over may take on its way. */
const goodbyeMs = 200;

/** What everybody in a visit can do about its recording. */
export function useRecording(
  call: VisitCall,
  { recording }: VisitSnapshot,
  run: (action: Promise<ActionOutcome>) => Promise<void>,
) {
  const language = useLocale();
  /** What this person has said yes to in this page: a new connection says it again without asking them twice. */
  const [agreed, setAgreed] = useState<string | null>(null);
  const id = recording?.terms.recording ?? null;
  const isAsked = recording?.own === 'asked' && isOpen(recording);
  const isKnown = isAsked && agreed === id;
  // What is over needs a yes of its own.
  if (agreed !== null && agreed === id && !isOpen(recording)) setAgreed(null);
  useEffect(() => {
    if (isKnown && id !== null) void call.recording.answer(id, true, language);
  }, [call, id, isKnown, language]);
  return {
    isAsked: isAsked && !isKnown,
    answer: (isYes: boolean): void => {
      if (id === null) return;
      setAgreed(isYes ? id : null);
      void run(call.recording.answer(id, isYes, language));
    },
    /** Before this person goes: what they record is over for everybody, and everybody hears so. */
    stopOwn: async (): Promise<void> => {
      if (id === null || recording?.isOwn !== true || !isOpen(recording)) return;
      await call.recording.stop(id);
      await new Promise((resolve) => setTimeout(resolve, goodbyeMs));
    },
    stop: (): void => {
      if (id === null) return;
      setAgreed(null);
      void run(call.recording.stop(id));
    },
  };
}
