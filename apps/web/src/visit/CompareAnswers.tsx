'use client';

import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import type { ComparisonAnswer } from '../call/contract.ts';
import { Button } from '../components/Button.tsx';

/** Nobody has compared a code that came just now: a press meant for the one before isn't taken for it. */
const glanceMs = 1_500;

/** The two answers to one code. Each code gets its own, by its round as the key. */
export function CompareAnswers({ onAnswer }: { onAnswer: (answer: ComparisonAnswer) => Promise<void> }) {
  const t = useTranslations('call.compare');
  const [isNew, setNew] = useState(true);
  const [isPending, setPending] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setNew(false), glanceMs);
    return () => clearTimeout(timer);
  }, []);
  const answer = (given: ComparisonAnswer) => {
    setPending(true);
    void onAnswer(given).finally(() => setPending(false));
  };
  return (
    <div className="flex flex-col gap-3 sm:flex-row-reverse">
      <Button wide isDisabled={isNew} isPending={isPending} onPress={() => answer('same')}>
        {t('areSame')}
      </Button>
      <Button wide look="secondary" isDisabled={isNew} isPending={isPending} onPress={() => answer('different')}>
        {t('areDifferent')}
      </Button>
    </div>
  );
}
