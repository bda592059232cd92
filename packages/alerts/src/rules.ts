import { type Act, kindOf } from './act.ts';
import type { ClinicHour } from './clinicHour.ts';
import { type Habits, recentMs } from './habits.ts';

const minuteMs = 60_000;

/**
 * The rules, each with what it means: `warning` is told; `critical` contains the account besides. `kind` is what a rule goes by:
 * two rules of one kind see the same thing, so that only rules of different kinds confirm each other; those of
 * emergencies confirm nothing. `each`: found anew with each patient more, and not once an hour.
 */
export const rules = {
  overOwnMean: { severity: 'critical', kind: 'volume' },
  bulk: { severity: 'critical', kind: 'volume' },
  manyEmergencies: { severity: 'critical', kind: 'emergency' },
  emergencyWhileHeldUp: { severity: 'critical', kind: 'emergency', each: true },
  repeatedDenials: { severity: 'critical', kind: 'denial' },
  newPlace: { severity: 'warning', kind: 'place' },
  afterHours: { severity: 'warning', kind: 'time' },
  ownRelative: { severity: 'warning', kind: 'relation', each: true },
} as const;
export type Rule = keyof typeof rules;

const limits = {
  /** Patients within an hour of whom opening something is too much for nobody, whatever their mean is. */
  floor: 20,
  /** And for everybody. */
  ceiling: 60,
  /** Times somebody's own mean of an hour. */
  timesMean: 3,
  /** Standard deviations over it. */
  deviations: 3,
  /** Patients of whom something was opened within `bulkMs`. */
  bulkPatients: 12,
  bulkMs: 5 * minuteMs,
  /** Patients for whom the glass was broken within an hour. */
  emergencies: 12,
  /** Patients, or things, that were refused within `denialMs`. */
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

/** Of how many patients something may be opened within an hour. */
function hourlyLimit(habits: Habits, at: number, today: string): number {
  const { mean, deviation } = habits.ownHours(at, today);
  const own = Math.max(limits.floor, limits.timesMean * mean, mean + limits.deviations * deviation);
  return Math.floor(Math.min(limits.ceiling, own));
}

function openingFindings(at: number, today: string, habits: Habits): Finding[] {
  const { floor, bulkMs, bulkPatients } = limits;
  const opened = habits.within(at, recentMs, 'opening').size;
  const limit = opened > floor ? hourlyLimit(habits, at, today) : floor;
  const patients = habits.within(at, bulkMs, 'opening').size;
  return [
    ...(opened > limit ? [{ rule: 'overOwnMean' as const, count: opened, limit }] : []),
    ...(patients > bulkPatients ? [{ rule: 'bulk' as const, count: patients, limit: bulkPatients }] : []),
  ];
}

/** Whoever is refused and then breaks the glass has an emergency: what was refused of that patient is no try at what isn't theirs. */
function refusalFindings(at: number, habits: Habits): Finding[] {
  const excused = habits.within(at, recentMs, 'emergency');
  const refused = [...habits.within(at, limits.denialMs, 'refusal')].filter((one) => !excused.has(one));
  const { denials: limit } = limits;
  return refused.length >= limit ? [{ rule: 'repeatedDenials', count: refused.length, limit }] : [];
}

function emergencyFindings({ isHeldUp }: Act, at: number, habits: Habits): Finding[] {
  const count = habits.within(at, recentMs, 'emergency').size;
  const { emergencies: limit } = limits;
  return [
    ...(count > limit ? [{ rule: 'manyEmergencies' as const, count, limit }] : []),
    ...(isHeldUp ? [{ rule: 'emergencyWhileHeldUp' as const, count, limit: 0 }] : []),
  ];
}

/** Rules about how much: they look at an act that was added already. @param today by the clinic's clock */
export function volumeFindings(act: Act, at: number, today: string, habits: Habits): Finding[] {
  switch (kindOf(act)) {
    case 'opening':
      return openingFindings(at, today, habits);
    case 'emergency':
      return emergencyFindings(act, at, habits);
    case 'refusal':
      return refusalFindings(at, habits);
  }
}

/** Rules about where, when and whose: they look before the act is added, which makes its place and its hour known. */
export function circumstanceFindings(act: Act, clinicHour: ClinicHour, habits: Habits): Finding[] {
  const { from, to } = limits.day;
  const isNight = clinicHour.hour < from || clinicHour.hour >= to;
  const isExcused = act.isOwnVisit || act.isEmergency || act.outcome === 'refused';
  const days = isNight && !isExcused ? habits.daysAt(clinicHour) : limits.usualDays;
  // An own visit and an emergency excuse nobody: either is how relatives are opened.
  const isRelative = act.isOwnRelative && act.outcome === 'allowed';
  const isNew = act.address !== null && habits.isNewPlace(act.address);
  return [
    ...(isNew ? [{ rule: 'newPlace' as const, count: 1, limit: 0 }] : []),
    ...(days < limits.usualDays ? [{ rule: 'afterHours' as const, count: days, limit: limits.usualDays }] : []),
    ...(isRelative ? [{ rule: 'ownRelative' as const, count: 1, limit: 0 }] : []),
  ];
}
