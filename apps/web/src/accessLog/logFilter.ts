import type { CheckedEntry } from '../keystore/logTrust.ts';
import { type ActionWords, actionWords, purposeOf } from './entryWords.ts';

/** What kind of act is looked for. */
export const filterKinds = ['all', 'openings', 'changes', 'readings'] as const;
/** The same of the platform's own log. */
export const platformKinds = ['all', 'patients', 'staff', 'signIns', 'looks'] as const;
export type FilterKind = (typeof filterKinds)[number] | (typeof platformKinds)[number];

/** With what result. `broken`: against the rules, in an emergency. */
export const filterOutcomes = ['all', 'refused', 'broken'] as const;
export type FilterOutcome = (typeof filterOutcomes)[number];

export interface LogFilter {
  readonly kind: FilterKind;
  readonly outcome: FilterOutcome;
  /** Days of this device's calendar, `YYYY-MM-DD`, both included; empty for no bound. */
  readonly from: string;
  readonly to: string;
}

export const noFilter: LogFilter = { kind: 'all', outcome: 'all', from: '', to: '' };

export const isFiltering = (filter: LogFilter): boolean =>
  filter.kind !== 'all' || filter.outcome !== 'all' || filter.from !== '' || filter.to !== '';

const openings: readonly ActionWords[] = ['release', 'copy'];
/** Of an opening, whose own line says for how long it was. */
const endings: readonly ActionWords[] = ['close'];
const readings: readonly ActionWords[] = ['read', 'signIn'];

/** By the first word of an action of the platform's log. */
const nouns: Readonly<Record<string, FilterKind>> = {
  ...{ visit: 'patients', object: 'patients', portal: 'patients', patient: 'signIns' },
  ...{ people: 'staff', policy: 'staff', account: 'staff', incident: 'staff', session: 'signIns', factor: 'signIns' },
};

/** What is none of the others is looking at what is kept: logs, keys, mail. */
const platformKindOf = (action: string): FilterKind => nouns[action.split(':')[0] ?? ''] ?? 'looks';

function isKind(action: string, kind: FilterKind): boolean {
  const words = actionWords(action);
  const isOf = (list: readonly ActionWords[]) => words !== null && list.includes(words);
  switch (kind) {
    case 'all':
      return true;
    case 'openings':
      return isOf(openings);
    case 'readings':
      return isOf(readings);
    case 'patients':
    case 'staff':
    case 'signIns':
    case 'looks':
      return platformKindOf(action) === kind;
    case 'changes':
      return !isOf(openings) && !isOf(endings) && !isOf(readings);
  }
}

/** A day of this device's calendar in the form of a date field. */
function dayOf(time: string): string {
  const date = new Date(time);
  const two = (number: number) => String(number).padStart(2, '0');
  return `${String(date.getFullYear())}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Whether a line is among what is looked for. One whose content isn't proven or is gone always is: nothing hides it. */
export function passes({ verdict }: CheckedEntry, { kind, outcome, from, to }: LogFilter): boolean {
  if (verdict.tag !== 'proven') return true;
  const { entry } = verdict;
  if (!isKind(entry.action, kind)) return false;
  if (outcome === 'refused' && entry.outcome === 'allowed') return false;
  if (outcome === 'broken' && (purposeOf(entry)?.breakGlass ?? null) === null) return false;
  const day = dayOf(entry.time);
  return (from === '' || day >= from) && (to === '' || day <= to);
}
