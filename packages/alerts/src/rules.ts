import type { Act } from './act.ts';
import type { ClinicHour } from './clinicHour.ts';
import { type Habits, recentMs } from './habits.ts';

const minuteMs = 60_000;

/**
 * The rules, each with what it means: `warning` is told; `critical` contains the account besides. `kind` is what a rule goes by:
 * two rules of one kind see the same thing, so that only rules of different kinds confirm each other.
 */
export const rules = {
  overOwnMean: { severity: 'critical', kind: 'volume' },
  bulk: { severity: 'critical', kind: 'volume' },
  repeatedDenials: { severity: 'critical', kind: 'denial' },
  newPlace: { severity: 'warning', kind: 'place' },
  afterHours: { severity: 'warning', kind: 'time' },
} as const;
export type Rule = keyof typeof rules;

const limits = {
  /** Openings within an hour that are too many for nobody, whatever their mean is. */
  floor: 20,
  /** Times somebody's own mean of an hour. */
  timesMean: 3,
  /** Standard deviations over it. */
  deviations: 3,
  /** Patients of whom something was opened within `bulkMs`. */
  bulkPatients: 12,
  bulkMs: 5 * minuteMs,
  /** Requests that were refused within `denialMs`. */
  denials: 5,
  denialMs: 10 * minuteMs,
  /** The clinic's day by its clock: from the first hour to before the second. */
  day: { from: 6, to: 22 },
  /** On so many other days somebody worked at this hour: then it is theirs. */
  usualDays: 3,
} as const;

/** What a rule found: how many there were, and how many there may be. */
export interface Finding {
  readonly rule: Rule;
  readonly count: number;
  readonly limit: number;
}

/** How many openings within an hour are too many for somebody. */
function hourlyLimit(habits: Habits, at: number): number {
  const { mean, deviation } = habits.ownHours(at);
  return Math.max(limits.floor, limits.timesMean * mean, mean + limits.deviations * deviation);
}

const distinct = (values: readonly (string | null)[]): number => new Set(values).size;

/** Rules about how much: they look at an act that was added already. */
export function volumeFindings({ outcome }: Act, at: number, habits: Habits): Finding[] {
  if (outcome === 'refused') {
    const count = distinct(habits.within(at, limits.denialMs, 'refused').map(({ counted }) => counted));
    return count >= limits.denials ? [{ rule: 'repeatedDenials', count, limit: limits.denials }] : [];
  }
  const opened = habits.within(at, recentMs, 'allowed').length;
  const limit = Math.floor(hourlyLimit(habits, at));
  const patients = distinct(habits.within(at, limits.bulkMs, 'allowed').map(({ patient }) => patient));
  return [
    ...(opened > limit ? [{ rule: 'overOwnMean' as const, count: opened, limit }] : []),
    ...(patients > limits.bulkPatients ? [{ rule: 'bulk' as const, count: patients, limit: limits.bulkPatients }] : []),
  ];
}

/** Rules about where and when: they look before the act is added, which makes its place and its hour known. */
export function circumstanceFindings(act: Act, clinicHour: ClinicHour, habits: Habits): Finding[] {
  const { from, to } = limits.day;
  const isNight = clinicHour.hour < from || clinicHour.hour >= to;
  const isExcused = act.isOwnVisit || act.isEmergency || act.outcome === 'refused';
  const days = isNight && !isExcused ? habits.daysAt(clinicHour) : limits.usualDays;
  const isNew = act.address !== null && habits.isNewPlace(act.address);
  return [
    ...(isNew ? [{ rule: 'newPlace' as const, count: 1, limit: 0 }] : []),
    ...(days < limits.usualDays ? [{ rule: 'afterHours' as const, count: days, limit: limits.usualDays }] : []),
  ];
}
