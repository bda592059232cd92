'use client';

import { useLocale } from 'next-intl';
import { useMemo } from 'react';

export interface Times {
  /** "10:30", as the language writes it. */
  time(date: Date): string;
  /** "Tuesday, 4 November". */
  day(date: Date): string;
  /** "4 November 2026". */
  date(date: Date): string;
  /** "Tuesday, 4 November, 10:30". */
  dayAndTime(date: Date): string;
  /** "4 Nov 2026, 10:30:12": for what may be looked up years later. */
  stamp(date: Date): string;
  /** "today", "tomorrow", "yesterday"; null for other days. */
  nearDay(date: Date, now: Date): string | null;
  /** "in 12 minutes", "5 minutes ago". */
  fromNow(date: Date, now: Date): string;
}

const dayNumber = (date: Date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000;

function timesFor(locale: string): Times {
  const time = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' });
  const day = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'long' });
  const dayAndTime = new Intl.DateTimeFormat(locale, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    hour: 'numeric',
    minute: '2-digit',
  });
  const stamp = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  return {
    time: (date) => time.format(date),
    day: (date) => day.format(date),
    date: (day) => date.format(day),
    dayAndTime: (date) => dayAndTime.format(date),
    stamp: (date) => stamp.format(date),
    nearDay: (date, now) => {
      const days = dayNumber(date) - dayNumber(now);
      return Math.abs(days) <= 1 ? relative.format(days, 'day') : null;
    },
    fromNow: (date, now) => {
      const minutes = Math.round((date.getTime() - now.getTime()) / 60_000);
      if (Math.abs(minutes) < 90) return relative.format(minutes, 'minute');
      const hours = Math.round(minutes / 60);
      return Math.abs(hours) < 24
        ? relative.format(hours, 'hour')
        : relative.format(dayNumber(date) - dayNumber(now), 'day');
    },
  };
}

/** Dates in the page's language and this device's time zone: only for what is shown after the page has loaded. */
export function useTimes(): Times {
  const locale = useLocale();
  return useMemo(() => timesFor(locale), [locale]);
}
