/**
 * Names as they are compared (infra/docs/decisions/returning-patients.md, section 1): what people write differently of one name is
 * the same. Whatever changes here changes the form's label in blindIndex.ts, by which rows are indexed anew.
 */

/** Of Latin, Greek, Cyrillic, Hebrew and Arabic. Those of other scripts are letters of a name like any. */
const marks = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]/gu;
/** Apostrophes that count as letters, and the stroke that lengthens an Arabic word. */
const signs = /[\u02b0-\u02ff\u0640]/gu;
const notOfNames = /[^\p{L}\p{M}\p{N}]/gu;

/** Letters that no decomposition takes apart, as they are written without. */
const plain: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', þ: 'th', ð: 'd', đ: 'd', ħ: 'h', ı: 'i', ł: 'l', ø: 'o', ŧ: 't', ς: 'σ' },
};

/** Without case, accents, apostrophes, hyphens and spaces. Empty where nothing is left. */
export const foldName = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .normalize('NFKD')
    .replace(marks, '')
    .replace(signs, '')
    .replace(/[ßæœþðđħıłøŧς]/gu, (letter) => plain[letter] ?? '')
    .replace(notOfNames, '')
    .normalize('NFC');

/** After a family name, in English. */
const suffixes: ReadonlySet<string> = new Set(['jr', 'sr', 'ii', 'iii', 'iv']);
const familyFirst = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/**
 * The last word before a comma, folded; the first one where names are written with the family's first. Null where that can't be
 * told: of one word alone, or an initial.
 */
export function foldFamilyName(name: string): string | null {
  const [before = ''] = name.split(',');
  const isInverted = name.includes(',') && !/\s/u.test(before.trim());
  const words = before
    .split(/\s+/u)
    .map(foldName)
    .filter((word) => word !== '' && !suffixes.has(word));
  if (words.length < 2 && !isInverted) return null;
  const first = words[0] ?? '';
  if (familyFirst.test(first)) return first;
  const last = words.at(-1) ?? '';
  return last.length < 2 ? null : last;
}
