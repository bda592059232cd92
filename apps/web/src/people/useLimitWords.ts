'use client';

import type { HeldRole } from '@sotto/protocol/people';
import { useLocale, useTranslations } from 'next-intl';

export const weekdays = [1, 2, 3, 4, 5, 6, 7] as const;
const two = (value: number) => String(value).padStart(2, '0');
/** As a clock shows minutes since midnight: 08:05. */
const clock = (minutes: number) => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;

/** What a weekday is called; Monday is 1. */
export function useDayName(length: 'short' | 'long'): (day: number) => string {
  const format = new Intl.DateTimeFormat(useLocale(), { weekday: length, timeZone: 'UTC' });
  // 5 January 2026 was a Monday.
  return (day) => format.format(Date.UTC(2026, 0, 4 + day));
}

/** Days in a row as a span, others one by one. */
function spanOf(days: readonly number[], name: (day: number) => string): string {
  const sorted = [...days].sort((a, b) => a - b);
  const [first = 1] = sorted;
  const last = sorted.at(-1) ?? first;
  const isRow = sorted.length > 2 && last - first === sorted.length - 1;
  return isRow ? `${name(first)}–${name(last)}` : sorted.map(name).join(', ');
}

type Limits = Pick<HeldRole, 'from' | 'until' | 'network' | 'hours' | 'state'>;

/** A role's limits in words, one a line, by the clinic's clock; nothing for a role without any. */
export function useLimitWords(timeZone: string): (limits: Limits) => string[] {
  const t = useTranslations('staffPeople.limits');
  const dayName = useDayName('short');
  const date = new Intl.DateTimeFormat(useLocale(), { dateStyle: 'medium', timeStyle: 'short', timeZone });
  return ({ from, until, network, hours, state }) => [
    ...(state === 'ahead' ? [t('from', { when: date.format(new Date(from)) })] : []),
    ...(until === null || state === 'over' ? [] : [t('until', { when: date.format(new Date(until)) })]),
    ...(hours === null
      ? []
      : [t('hours', { days: spanOf(hours.days, dayName), from: clock(hours.from), to: clock(hours.to) })]),
    ...(network === null ? [] : [t('network', { network })]),
  ];
}
