'use client';

import { useTranslations } from 'next-intl';
import { useEffect, useRef } from 'react';
import type { VisitSnapshot } from '../call/contract.ts';
import { SecurityShield } from './SecurityShield.tsx';
import { counterpartName, type VisitFacts } from './visitFacts.ts';

interface CallHeaderProps {
  snapshot: VisitSnapshot;
  facts: VisitFacts;
  onRepair: () => void;
  onCompare: () => void;
  onDistrust: () => void;
  onDetails: () => void;
}

/** With whom, and how private. On a phone the name stands on the picture, and the room is the shield's. */
export function CallHeader({ snapshot, facts, ...shield }: CallHeaderProps) {
  const t = useTranslations('call');
  const heading = useRef<HTMLHeadingElement>(null);
  // A screen reader learns that the waiting is over.
  useEffect(() => heading.current?.focus(), []);
  return (
    <header className="flex min-h-14 items-center justify-center gap-4 border-b border-line bg-surface px-3 sm:justify-between sm:px-5">
      <h1 ref={heading} tabIndex={-1} className="truncate font-semibold max-sm:sr-only">
        {t('title', { name: counterpartName(facts) })}
      </h1>
      <SecurityShield snapshot={snapshot} {...shield} />
    </header>
  );
}
