'use client';

import { Eye, LockKeyhole, OctagonX } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { VisitSnapshot } from '../call/contract.ts';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { askerName } from './recordingView.ts';

interface RecordingQuestionProps {
  snapshot: VisitSnapshot;
  onAnswer: (isYes: boolean) => void;
}

/** Asks before anything of this person is recorded: who asks, why, what becomes of it, and that a no costs nothing. */
export function RecordingQuestion({ snapshot, onAnswer }: RecordingQuestionProps) {
  const t = useTranslations('recording.question');
  const { recording } = snapshot;
  if (recording?.own !== 'asked' || recording.progress.tag === 'stopped') return null;
  const name = askerName(snapshot) ?? t('someone');
  const isRunning = recording.progress.tag === 'paused' || recording.progress.tag === 'recording';
  const points = [
    { icon: LockKeyhole, text: t('sealed') },
    { icon: Eye, text: t('opened') },
    { icon: OctagonX, text: t('stop') },
  ];
  return (
    // Closed without an answer is no yes.
    <Dialog role="alertdialog" title={t('title')} isOpen onClose={() => onAnswer(false)}>
      <p className="text-lg">{t(isRunning ? 'askRunning' : 'ask', { name })}</p>
      <p>{t(`reason.${recording.terms.reason}`)}</p>
      <ul className="flex flex-col gap-3 text-ink-soft">
        {points.map(({ icon: Icon, text }) => (
          <li key={text} className="flex gap-3">
            <Icon aria-hidden className="mt-0.5 size-5 shrink-0 text-accent" />
            <span>{text}</span>
          </li>
        ))}
      </ul>
      <p className="font-medium">{t('free')}</p>
      <div className="grid gap-3 sm:grid-cols-2">
        <Button look="secondary" size="large" onPress={() => onAnswer(false)}>
          {t('no')}
        </Button>
        <Button look="secondary" size="large" onPress={() => onAnswer(true)}>
          {t('yes')}
        </Button>
      </div>
    </Dialog>
  );
}
