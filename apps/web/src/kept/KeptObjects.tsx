'use client';

import { useTranslations } from 'next-intl';
import { Badge } from '../components/Badge.tsx';
import { Button } from '../components/Button.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import type { Restriction } from '../keystore/restrictions.ts';
import { type KeptThing, restrictionsOf } from './keptThings.ts';
import type { SignWish } from './SignDialog.tsx';
import type { useKeptWishes } from './useKeptWishes.ts';

interface KeptObjectsProps {
  things: readonly KeptThing[];
  /** Whether that is all: else a recording may have objects that aren't here yet, and isn't decided on. */
  isAll: boolean;
  restrictions: readonly Restriction[];
  isHeld: boolean;
  namesOf: (restriction: Restriction) => string;
  wishes: ReturnType<typeof useKeptWishes>;
  onWish: (wish: SignWish) => void;
}

/** What is kept of a patient: each with what closes it to everybody, and what deletes it for good. */
export function KeptObjects({ things, isAll, restrictions, isHeld, namesOf, wishes, onWish }: KeptObjectsProps) {
  const t = useTranslations('kept.one');
  const times = useTimes();
  return (
    <ul aria-label={t('objects')} className="divide-y divide-line empty:hidden">
      {things.map((thing) => {
        const { kind, writer, storedAt, objects } = thing;
        const name = t(kind, { name: writer.name });
        const { standing, open } = restrictionsOf(thing, restrictions);
        const isPart = standing.length > 0 && open.length > 0;
        const isReady = isAll || kind !== 'recording';
        const button = (words: string, wish: () => SignWish) => (
          <Button
            look="secondary"
            isDisabled={!isReady}
            aria-label={`${words}: ${name}`}
            onPress={() => onWish(wish())}
            wide
          >
            {words}
          </Button>
        );
        return (
          <li key={objects[0]} className="flex flex-wrap items-center justify-between gap-x-5 gap-y-2 py-3">
            <div className="min-w-48 flex-1">
              <p className="flex flex-wrap items-center gap-2">
                <span className="font-medium">{name}</span>
                {standing.length > 0 ? (
                  <Badge tone="waiting">{t(isPart ? 'restrictedPart' : 'restricted')}</Badge>
                ) : null}
              </p>
              <p className="text-sm text-ink-soft">{times.stamp(new Date(storedAt))}</p>
              {objects.map((object) => (
                <p key={object} className="text-sm break-all text-ink-soft">
                  {object}
                </p>
              ))}
              {standing.map((restriction) => (
                <p key={restriction.hash} className="text-sm text-ink-soft">
                  {t('restrictedOne', { when: times.stamp(restriction.since), names: namesOf(restriction) })}
                </p>
              ))}
              {isPart ? (
                <p className="text-sm text-ink-soft">
                  {t('restrictedPartText', { count: standing.length, all: objects.length })}
                </p>
              ) : null}
            </div>
            <div className="flex w-full flex-wrap gap-x-3 gap-y-2 sm:w-auto">
              {open.length > 0 ? button(t(isPart ? 'restrictRest' : 'restrict'), () => wishes.restrict(thing)) : null}
              {standing.length > 0 ? button(t('liftRestriction'), () => wishes.liftRestriction(thing)) : null}
              <Button
                look="dangerQuiet"
                isDisabled={isHeld || !isReady}
                aria-label={`${t('shredOne')}: ${name}`}
                onPress={() => onWish(wishes.shred(thing))}
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
