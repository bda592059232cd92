'use client';

import type { IncidentsView } from '@sotto/protocol/incidents';
import { LockOpen, OctagonPause } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { RowList } from '../components/RowList.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import type { Containing } from './ContainDialog.tsx';

interface HeldUpProps {
  containments: IncidentsView['containments'];
  /** Null for who may not let openings go on. */
  onLift: ((lifting: Containing) => void) | null;
  onContain: (containing: Containing) => void;
}

/** Whose openings are held up now, and the ways to hold up everybody's. */
export function HeldUp({ containments, onLift, onContain }: HeldUpProps) {
  const t = useTranslations('incidents');
  const times = useTimes();
  const nameOf = (whom: string, name: string | null): string => {
    if (whom === 'everyone' || whom === 'releases') return t(`heldUp.${whom}`);
    return name ?? t('heldUp.nameless', { end: whom.slice(-6) });
  };
  return (
    <section aria-labelledby="held-up-title" className="flex flex-col gap-4">
      <h2 id="held-up-title" className="text-xl font-semibold tracking-tight">
        {t('heldUp.title')}
      </h2>
      {containments === null ? (
        <Notice tone="waiting">{t('heldUp.unknown')}</Notice>
      ) : (
        <RowList
          rows={containments}
          empty={{ icon: LockOpen, title: t('heldUp.empty.title'), text: t('heldUp.empty.text') }}
        >
          {({ whom, name, by, at }) => (
            <li key={whom} className="flex flex-wrap items-center justify-between gap-x-5 gap-y-3 p-4 sm:px-5">
              <div className="min-w-0 flex-1 basis-56">
                <p className="font-semibold break-words">{nameOf(whom, name)}</p>
                <p className="text-sm text-ink-soft tabular-nums">
                  {by === null
                    ? t('heldUp.byRules', { when: times.stamp(new Date(at)) })
                    : t('heldUp.by', { name: by, when: times.stamp(new Date(at)) })}
                </p>
              </div>
              {onLift === null ? null : (
                <Button
                  look="secondary"
                  onPress={() => onLift({ action: 'liftContainment', whom, name: nameOf(whom, name), incident: null })}
                  wide
                >
                  {t('liftContainment.open')}
                </Button>
              )}
            </li>
          )}
        </RowList>
      )}
      {onLift === null && (containments?.length ?? 0) > 0 ? (
        <p className="text-sm text-ink-soft">{t('heldUp.byOfficers')}</p>
      ) : null}
      <div className="flex flex-col gap-3 sm:flex-row sm:flex-wrap">
        {(['everyone', 'releases'] as const).map((whom) => (
          <Button
            key={whom}
            look="dangerQuiet"
            onPress={() => onContain({ action: 'contain', whom, name: t(`heldUp.${whom}`), incident: null })}
            isDisabled={containments?.some((one) => one.whom === whom) ?? false}
            wide
          >
            <OctagonPause aria-hidden className="size-5" />
            {t(`contain.${whom}.open`)}
          </Button>
        ))}
      </div>
    </section>
  );
}
