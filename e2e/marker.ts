import { randomBytes } from 'node:crypto';

/** Letters by chance, that nothing else has: no digits, which people's names don't have either. */
export const letters = (): string =>
  `Zw${randomBytes(8)
    .toString('hex')
    .replace(/\d/gu, (digit) => 'ghijklmnop'[Number(digit)] ?? '')}`;

/** The same in all processes of a run, which get it from the first one. */
// biome-ignore lint/suspicious/noAssignInExpressions: read or made in one step
export const marker: string = (process.env['SOTTO_MARKER'] ??= letters());

/** Dates of birth that people type in tests: days that nothing else names. */
export const typedBirthDates = {
  usual: '1931-05-27',
  own: '1937-08-23',
  wrong: ['1937-09-11', '1937-09-12', '1937-09-13', '1937-09-14', '1937-09-15'],
} as const;

/** What is looked for after a run: it must be nowhere in clear. */
export const typedWords: readonly string[] = [marker, ...Object.values(typedBirthDates).flat()];

declare const brand: unique symbol;
/** What a person types in a test, with the run's letters in it: it must be nowhere in clear afterwards. */
export type Marked = string & { readonly [brand]: 'Marked' };

/** @param text a name, a message or a note: the letters are its last word */
export const marked = (text: string): Marked => `${text} ${marker}` as Marked;
