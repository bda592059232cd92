'use client';

import type { ComparisonEnding } from '@sotto/e2ee';
import { useFormatter, useTranslations } from 'next-intl';
import type { ComparisonAnswer, VisitSnapshot } from '../call/contract.ts';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { CompareAnswers } from './CompareAnswers.tsx';
import { CompareCode } from './CompareCode.tsx';
import { CompareEnding } from './CompareEnding.tsx';

export interface CompareDialogProps {
  snapshot: VisitSnapshot;
  role: 'patient' | 'physician';
  onAnswer: (answer: ComparisonAnswer) => Promise<void>;
  onAgain: () => void;
  onLeave: () => void;
  onClose: () => void;
}

/** Two people make sure that nobody stands between them, by a code that they read to each other. */
export function CompareDialog({ snapshot, role, onAnswer, onAgain, onLeave, onClose }: CompareDialogProps) {
  const t = useTranslations('call.compare');
  const format = useFormatter();
  const { comparison, people, self } = snapshot;
  const names = people.map((person) => person.name ?? t('someone'));
  const ending = endingOf(snapshot);
  const blamed = ending !== null && 'by' in ending ? ending.by.map(({ participantId }) => participantId) : [];
  const by = blamed.map((id) => people.find((person) => person.participantId === id)?.name ?? t('someone'));
  return (
    <Dialog role="alertdialog" title={t('title')} isOpen onClose={onClose}>
      {ending === null && comparison?.tag === 'complete' ? (
        <>
          <p role="status" className="text-ink-soft">
            {t('lead', { names: format.list(names, { type: 'conjunction' }) })}
          </p>
          <CompareCode code={comparison.code} />
          <CompareAnswers key={comparison.round} onAnswer={onAnswer} />
        </>
      ) : ending === null ? (
        <>
          <p role="status" className="text-ink-soft">
            {t('collecting')}
          </p>
          <div aria-hidden className="grid grid-cols-3 gap-2">
            {['a', 'b', 'c', 'd', 'e', 'f'].map((place) => (
              <Skeleton key={place} className="h-24" />
            ))}
          </div>
          <div className="flex sm:justify-end">
            <Button wide look="secondary" onPress={onClose}>
              {t('cancel')}
            </Button>
          </div>
        </>
      ) : (
        <CompareEnding
          ending={ending}
          by={blamed.length === 0 || blamed.some((id) => id === self?.participantId) ? null : format.list(by)}
          role={role}
          onAgain={people.length === 0 ? null : onAgain}
          onLeave={onLeave}
          onClose={onClose}
        />
      )}
    </Dialog>
  );
}

/** Null while a round is open. Codes that were not equal stay the last word until others are. */
function endingOf({ comparison, security }: VisitSnapshot): ComparisonEnding | null {
  const isOpen = comparison?.tag === 'collecting' || comparison?.tag === 'complete';
  if (isOpen) return null;
  const ending = comparison?.ending ?? { tag: 'epochChanged', isRestarted: false };
  return security === 'distrusted' && ending.tag !== 'different' ? { tag: 'different', by: [] } : ending;
}
