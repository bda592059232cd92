import { addressRange, isFirstAddress, type RoleLimits } from '@sotto/protocol/roleLimits';
import { clinicInstant, dayAfter } from './clinicTime.ts';

/** A role's limits as somebody fills them in: days and times as inputs give them, empty for no limit. */
export interface LimitsDraft {
  readonly firstDay: string;
  /** The role counts to the end of it. */
  readonly lastDay: string;
  readonly network: string;
  readonly hasHours: boolean;
  readonly begins: string;
  /** 00:00 is the end of the day. */
  readonly ends: string;
  /** Monday is 1. */
  readonly days: readonly number[];
}

export const emptyDraft: LimitsDraft = {
  ...{ firstDay: '', lastDay: '', network: '', hasHours: false },
  ...{ begins: '08:00', ends: '18:00', days: [1, 2, 3, 4, 5] },
};

/** What is wrong with a draft, field by field: each a key of the page's words. */
export interface LimitProblems {
  readonly lastDay?: 'past' | 'beforeFirst';
  readonly network?: 'unreadable' | 'notFirst';
  readonly hours?: 'missing' | 'same';
  readonly days?: 'none';
}

export type CheckedLimits =
  | { readonly tag: 'fine'; readonly limits: RoleLimits }
  | { readonly tag: 'wrong'; readonly problems: LimitProblems };

function minutesOf(time: string): number | null {
  const [, hours, minutes] = /^(\d{2}):(\d{2})$/.exec(time) ?? [];
  return hours === undefined || minutes === undefined ? null : Number(hours) * 60 + Number(minutes);
}

const networkProblem = (network: string): LimitProblems['network'] => {
  if (network === '' || isFirstAddress(network)) return undefined;
  return addressRange.safeParse(network).success ? 'notFirst' : 'unreadable';
};

type Hours = { readonly from: number; readonly to: number } | null;

function hoursOf({ hasHours, begins, ends }: LimitsDraft): Hours | 'missing' | 'same' {
  if (!hasHours) return null;
  const [from, to] = [minutesOf(begins), minutesOf(ends)];
  if (from === null || to === null) return 'missing';
  const until = to === 0 ? 1440 : to;
  return from === until ? 'same' : { from, to: until };
}

/** The draft as limits, by the clinic's clock, or what is wrong with it. */
export function checkLimits(draft: LimitsDraft, timeZone: string, now: Date): CheckedLimits {
  const from = clinicInstant(draft.firstDay, '00:00', timeZone);
  const until = clinicInstant(dayAfter(draft.lastDay), '00:00', timeZone);
  const network = draft.network.trim();
  const hours = hoursOf(draft);
  const isPast = until !== null && until <= now;
  const isBefore = from !== null && until !== null && until <= from;
  const wrongNetwork = networkProblem(network);
  const problems: LimitProblems = {
    ...(isPast ? { lastDay: 'past' } : isBefore ? { lastDay: 'beforeFirst' } : {}),
    ...(wrongNetwork === undefined ? {} : { network: wrongNetwork }),
    ...(typeof hours === 'string' ? { hours } : {}),
    ...(draft.hasHours && draft.days.length === 0 ? { days: 'none' } : {}),
  };
  if (typeof hours === 'string' || Object.keys(problems).length > 0) return { tag: 'wrong', problems };
  const limits: RoleLimits = {
    ...{ from: from?.toISOString() ?? null, until: until?.toISOString() ?? null },
    network: network === '' ? null : network,
    hours: hours === null ? null : { ...hours, days: [...draft.days].sort((a, b) => a - b) },
  };
  return { tag: 'fine', limits };
}
