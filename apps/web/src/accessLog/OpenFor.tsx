'use client';

import { type Entry, type OpenTime, openTimeOf } from '@sotto/audit';
import { useTranslations } from 'next-intl';

/** Until then its end may come still: the key store takes a word for 25 h, and waits 20 minutes for the next. */
const tellableMs = 25.5 * 3_600_000;

interface OpenForProps {
  entry: Entry;
  /** What another line tells of this one; null where none does. */
  open: OpenTime | null;
  /** Milliseconds since 1970. */
  now: number;
}

/** For how long something was open: the word of the browser that opened it, and called that. */
export function OpenFor({ entry, open, now }: OpenForProps) {
  const t = useTranslations('log.open');
  const isOpening = entry.action === 'object.release' && entry.outcome === 'allowed';
  const time = isOpening ? open : openTimeOf(entry);
  if (time === null) {
    const words = now - Date.parse(entry.time) < tellableMs ? 'untoldYet' : 'untold';
    return isOpening ? <p className="text-sm text-ink-soft">{t(words)}</p> : null;
  }
  return <p className="text-sm">{t(time.isEnd ? 'told' : 'lost', { time: lengthOf(time.seconds) })}</p>;

  function lengthOf(seconds: number): string {
    if (seconds < 60) return t('seconds', { seconds });
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return t('minutes', { minutes, seconds: seconds % 60 });
    return t('hours', { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
  }
}
