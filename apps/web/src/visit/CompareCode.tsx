'use client';

import { type ComparisonCode, comparisonEmoji } from '@sotto/e2ee';
import { useTranslations } from 'next-intl';
import { Disclosure } from '../components/Disclosure.tsx';

/** The whole code: six pictures with their names, in the same three columns on every screen, and the numbers. */
export function CompareCode({ code }: { code: ComparisonCode }) {
  const t = useTranslations('call.compare');
  const pictures = code.emoji.flatMap((index, place) => {
    const emoji = comparisonEmoji[index];
    return emoji === undefined ? [] : [{ place, ...emoji }];
  });
  const numbers = (code.digits.match(/.{5}/gu) ?? []).map((group, place) => ({ place, group }));
  return (
    <>
      <ol aria-label={t('pictures')} className="grid grid-cols-3 gap-2">
        {pictures.map(({ place, symbol, name }) => (
          <li
            key={place}
            className="flex min-h-24 flex-col items-center gap-1.5 rounded-lg bg-sunken px-1 py-3 text-center"
          >
            <span aria-hidden className="font-emoji text-4xl leading-none">
              {symbol}
            </span>
            <span className="font-medium break-words">{t(`emoji.${name}`)}</span>
          </li>
        ))}
      </ol>
      <Disclosure title={t('numbers')}>
        <ol
          aria-label={t('numbersLabel')}
          className="grid grid-cols-3 gap-2 text-center text-xl font-semibold tabular-nums"
        >
          {numbers.map(({ place, group }) => (
            <li key={place}>
              <span aria-hidden>{group}</span>
              <span className="sr-only">{Array.from(group).join(' ')}</span>
            </li>
          ))}
        </ol>
      </Disclosure>
    </>
  );
}
