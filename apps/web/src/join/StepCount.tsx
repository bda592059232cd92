'use client';

import { useTranslations } from 'next-intl';

/** How far one is: in words, and as a line in three parts. */
export function StepCount({ step }: { step: 1 | 2 | 3 }) {
  const t = useTranslations('join');
  return (
    <div className="flex items-center gap-3 text-sm font-medium text-ink-soft">
      <span>{t('step', { step, total: 3 })}</span>
      <span aria-hidden className="flex gap-1.5">
        {([1, 2, 3] as const).map((part) => (
          <span key={part} className={`h-1.5 w-7 rounded-full ${part <= step ? 'bg-accent' : 'bg-line'}`} />
        ))}
      </span>
    </div>
  );
}
