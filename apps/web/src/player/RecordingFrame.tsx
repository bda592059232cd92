'use client';

import { Film } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Badge } from '../components/Badge.tsx';
import { LiveRegion } from '../components/LiveRegion.tsx';
import { Notice } from '../components/Notice.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import { troubleOf } from '../keystore/errors.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { recordingWords } from '../keystore/troubleWords.ts';
import type { RecordingStep } from './recordingRelease.ts';
import type { ListedRecording } from './recordings.ts';
import type { Ending } from './useRecordingOpening.ts';

interface RecordingFrameProps {
  listed: ListedRecording;
  isOpen: boolean;
  /** Whether nobody may open it, as far as the page knows. */
  isRestricted?: boolean;
  /** How far an opening is; null while there is none. */
  step: RecordingStep | null;
  ending: Ending | null;
  children: ReactNode;
}

/** Pictures side by side want more room than a column of text has. */
const wide = 'lg:relative lg:left-1/2 lg:w-[min(66rem,calc(100vw-6rem))] lg:-translate-x-1/2';

/** One recording in a list: when, by whom, of how many, and what can be done with it. */
export function RecordingFrame({ listed, isOpen, isRestricted = false, step, ending, children }: RecordingFrameProps) {
  const t = useTranslations('playback');
  const times = useTimes();
  return (
    <li
      data-recording
      className={`flex flex-col gap-4 rounded-lg border border-line bg-surface p-5 ${isOpen ? wide : ''}`}
    >
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Film aria-hidden className="size-5 shrink-0 text-accent" />
        <div className="min-w-40 flex-1">
          <h3 className="font-semibold break-words">{t('of', { when: times.stamp(new Date(listed.storedAt)) })}</h3>
          <p className="text-sm text-ink-soft">{t('by', { name: listed.writer.name, count: listed.objects.length })}</p>
        </div>
        {isRestricted && !isOpen ? (
          <Badge tone="waiting">{t('restricted')}</Badge>
        ) : (
          <Badge tone={isOpen ? 'accent' : 'neutral'}>{t(isOpen ? 'open' : 'sealed')}</Badge>
        )}
      </div>
      {ending === 'idle' ? (
        <Notice tone="waiting" title={t('locked.title')} live>
          {t('locked.text')}
        </Notice>
      ) : null}
      {ending !== null && ending !== 'idle' ? (
        <TroubleNotice error={ending} words={recordingWords(troubleOf(ending)) ?? undefined} />
      ) : null}
      {children}
      <LiveRegion text={step === null ? '' : t(`step.${step}`)} />
    </li>
  );
}
