'use client';

import { Check, CircleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useEffect, useRef } from 'react';
import { Button } from '../components/Button.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import type { OpenedNote } from '../release/release.ts';
import { useOpenWatch } from '../release/useOpenWatch.ts';

interface OpenedTextProps {
  note: OpenedNote;
  nameOf: (subject: OpenedNote['checks']['writer']) => string;
  onClose: () => void;
}

/** The text of a note, and below it what was checked before it was shown. */
export function OpenedText({ note: { text, checks, watch }, nameOf, onClose }: OpenedTextProps) {
  const t = useTranslations('record.opened');
  const times = useTimes();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  useOpenWatch(watch, onClose);
  const writer = nameOf(checks.writer);
  return (
    <div className="flex flex-col gap-4 border-t border-line pt-4">
      <h4 ref={heading} tabIndex={-1} className="sr-only">
        {t('title')}
      </h4>
      <p data-note-text className="text-base leading-7 whitespace-pre-wrap break-words">
        {text}
      </p>
      <ul className="flex flex-col gap-1.5 rounded-lg border border-verified bg-verified-soft p-4 text-sm">
        <Checked>{t('signed', { name: writer, when: times.stamp(new Date(checks.sealedAt)) })}</Checked>
        <Checked>{t('same', { when: times.stamp(new Date(checks.registeredAt)) })}</Checked>
        <Checked>{t('logged', { index: checks.index })}</Checked>
        {checks.isWitnessed && checks.witnessedAt !== null ? (
          <Checked>{t('witnessed', { when: times.stamp(new Date(checks.witnessedAt * 1000)) })}</Checked>
        ) : (
          <li className="flex items-start gap-2 text-waiting">
            <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
            <span>{t('unwitnessed')}</span>
          </li>
        )}
      </ul>
      <div>
        <Button look="secondary" onPress={onClose} wide>
          {t('close')}
        </Button>
      </div>
    </div>
  );
}

function Checked({ children }: { children: ReactNode }) {
  return (
    <li className="flex items-start gap-2">
      <Check aria-hidden className="mt-0.5 size-4 shrink-0 text-verified" />
      <span>{children}</span>
    </li>
  );
}
