import { birthDate } from '@sotto/protocol/clinic';
import { dateInputValue } from '../today/day.ts';

/** A date of birth as it is typed. */
export interface BirthDateParts {
  readonly day: string;
  readonly month: string;
  readonly year: string;
}
export type BirthDatePart = keyof BirthDateParts;

export const noBirthDate: BirthDateParts = { day: '', month: '', year: '' };

export const isBlank = ({ day, month, year }: BirthDateParts): boolean => `${day}${month}${year}`.trim() === '';

/** As the api takes it, `1954-03-09`; null for what is no date, or one that nobody is born on, such as tomorrow. */
export function birthDateOf({ day, month, year }: BirthDateParts, now: Date): string | null {
  const date = [year.trim(), month.trim().padStart(2, '0'), day.trim().padStart(2, '0')].join('-');
  return birthDate.safeParse(date).success && date <= dateInputValue(now) ? date : null;
}

/** In which order the language writes a date's parts. */
export const partsOrder = (locale: string): BirthDatePart[] =>
  new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'numeric', year: 'numeric' })
    .formatToParts(0)
    .map(({ type }) => type)
    .filter((type) => type === 'day' || type === 'month' || type === 'year');
