'use client';

import type { SealedObject } from '@sotto/protocol/records';
import { LockKeyhole, LockKeyholeOpen } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Badge } from '../components/Badge.tsx';
import { LiveRegion } from '../components/LiveRegion.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import type { OpeningStep } from '../release/release.ts';

interface NoteFrameProps {
  summary: Pick<SealedObject, 'writer' | 'storedAt'>;
  isOpen: boolean;
  /** Whether nobody may open it, as far as the page knows. */
  isRestricted?: boolean;
  /** How far an opening is; null while there is none. */
  step: OpeningStep | null;
  children: ReactNode;
}

/** One sealed note in a list: who wrote it and when, whether it is open, and what can be done with it. */
export function NoteFrame({
  summary: { writer, storedAt },
  isOpen,
  isRestricted = false,
  step,
  children,
}: NoteFrameProps) {
  const t = useTranslations('record');
  const times = useTimes();
  const Icon = isOpen ? LockKeyholeOpen : LockKeyhole;
  return (
    <li className="flex flex-col gap-4 rounded-lg border border-line bg-surface p-5">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Icon aria-hidden className="size-5 shrink-0 text-accent" />
        <div className="min-w-40 flex-1">
          <h3 className="font-semibold break-words">{t('by', { name: writer.name })}</h3>
          <p className="text-sm text-ink-soft">{times.stamp(new Date(storedAt))}</p>
        </div>
        {isRestricted && !isOpen ? (
          <Badge tone="waiting">{t('restricted')}</Badge>
        ) : (
          <Badge tone={isOpen ? 'accent' : 'neutral'}>{t(isOpen ? 'open' : 'sealed')}</Badge>
        )}
      </div>
      {children}
      <LiveRegion text={step === null ? '' : t(`step.${step}`)} />
    </li>
  );
}
