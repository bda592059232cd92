'use client';

import { useTranslations } from 'next-intl';
import type { VisitSnapshot } from '../call/contract.ts';
import { SecurityShield } from './SecurityShield.tsx';
import { counterpartName, type VisitFacts } from './visitFacts.ts';

interface CallHeaderProps {
  snapshot: VisitSnapshot;
  facts: VisitFacts;
  onRepair: () => void;
}

/** With whom, and how private. On a phone the name stands on the picture, and the room is the shield's. */
export function CallHeader({ snapshot, facts, onRepair }: CallHeaderProps) {
  const t = useTranslations('call');
  return (
    <header className="flex min-h-14 items-center justify-center gap-4 border-b border-line bg-surface px-3 sm:justify-between sm:px-5">
      <h1 className="truncate font-semibold max-sm:sr-only">{t('title', { name: counterpartName(facts) })}</h1>
      <SecurityShield snapshot={snapshot} onRepair={onRepair} />
    </header>
  );
}
