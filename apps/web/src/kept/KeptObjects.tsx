'use client';

import type { SealedSummary } from '@sotto/protocol/records';
import { useTranslations } from 'next-intl';
import { Badge } from '../components/Badge.tsx';
import { Button } from '../components/Button.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import { type Restriction, restrictionOf } from '../keystore/restrictions.ts';
import type { SignWish } from './SignDialog.tsx';
import type { useKeptWishes } from './useKeptWishes.ts';

interface KeptObjectsProps {
  objects: readonly SealedSummary[];
  restrictions: readonly Restriction[];
  isHeld: boolean;
  namesOf: (restriction: Restriction) => string;
  wishes: ReturnType<typeof useKeptWishes>;
  onWish: (wish: SignWish) => void;
}

/** What is kept of a patient: each with what closes it to everybody, and what deletes it for good. */
export function KeptObjects({ objects, restrictions, isHeld, namesOf, wishes, onWish }: KeptObjectsProps) {
  const t = useTranslations('kept.one');
  const times = useTimes();
  return (
    <ul aria-label={t('objects')} className="divide-y divide-line empty:hidden">
      {objects.map(({ object, kind, writer, storedAt }) => {
        const name = t(kind, { name: writer.name });
        const restriction = restrictionOf(restrictions, object);
        const change = t(restriction === null ? 'restrict' : 'liftRestriction');
        return (
          <li key={object} className="flex flex-wrap items-center justify-between gap-x-5 gap-y-2 py-3">
            <div className="min-w-48 flex-1">
              <p className="flex flex-wrap items-center gap-2">
                <span className="font-medium">{name}</span>
                {restriction === null ? null : <Badge tone="waiting">{t('restricted')}</Badge>}
              </p>
              <p className="text-sm break-all text-ink-soft">
                {times.stamp(new Date(storedAt))}
                <span aria-hidden> · </span>
                {object}
              </p>
              {restriction === null ? null : (
                <p className="text-sm text-ink-soft">
                  {t('restrictedOne', { when: times.stamp(restriction.since), names: namesOf(restriction) })}
                </p>
              )}
            </div>
            <div className="flex w-full flex-wrap gap-x-3 gap-y-2 sm:w-auto">
              <Button
                look="secondary"
                aria-label={`${change}: ${name}`}
                onPress={() =>
                  onWish(restriction === null ? wishes.restrict(object) : wishes.liftRestriction(restriction))
                }
                wide
              >
                {change}
              </Button>
              <Button
                look="dangerQuiet"
                isDisabled={isHeld}
                aria-label={`${t('shredOne')}: ${name}`}
                onPress={() => onWish(wishes.shred(object))}
                wide
              >
                {t('shredOne')}
              </Button>
            </div>
          </li>
        );
      })}
    </ul>
  );
}
