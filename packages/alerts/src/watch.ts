import type { Act } from './act.ts';
import { createClinicHours } from './clinicHour.ts';
import { Habits } from './habits.ts';
import { circumstanceFindings, type Finding, rules, volumeFindings } from './rules.ts';

const hourMs = 3_600_000;
/** An act that says it is older than this, or from the future, is taken for one of now's: no clock that is wrong blinds the rules. */
const longestDelayMs = 24 * hourMs;

/** One rule broken by one person in one hour. */
export interface Alert extends Finding {
  readonly actor: string;
  readonly at: Date;
  /** The same for the same rule, person and hour, however often it is found, until they are let go on: to keep it once. Another with each count of a rule that is `each`. */
  readonly key: string;
}

export interface WatchOptions {
  /** The clinic's, an IANA name. */
  readonly timeZone: string;
  readonly now: () => Date;
}

/**
 * Watches acts, whoever sends them and in whichever order. All that it knows is what it was told: told the last 28 days again
 * (`learn`), it is as before.
 */
export class Watch {
  readonly #now: () => Date;
  readonly #clinicHour: ReturnType<typeof createClinicHours>;
  readonly #people = new Map<string, Habits>();

  /** @throws RangeError if the time zone is unknown */
  constructor({ timeZone, now }: WatchOptions) {
    this.#now = now;
    this.#clinicHour = createClinicHours(timeZone);
  }

  /** Takes an act of before as what is usual. */
  learn(act: Act): void {
    this.#take(act, Math.min(act.at.getTime(), this.#now().getTime()));
  }

  /** Has what somebody did up to an instant count no more: an officer has let them go on. What they do next is found anew. */
  lifted(actor: string, at: Date): void {
    this.#habitsOf(actor).lift(at.getTime());
  }

  /** Takes an act of now. @returns what it gives rise to; nothing if it is known */
  watch(act: Act): Alert[] {
    const now = this.#now().getTime();
    const said = act.at.getTime();
    const at = said > now || said < now - longestDelayMs ? now : said;
    const { actor } = act;
    const hour = Math.floor(at / hourMs);
    return this.#take(act, at).map((finding) => {
      const { liftedAt } = this.#habitsOf(actor);
      const since = Math.floor(liftedAt / hourMs) === hour ? ` ${liftedAt}` : '';
      const { rule } = finding;
      const which = 'each' in rules[rule] ? ` of ${act.patient ?? ''}` : '';
      return { ...finding, actor, at: new Date(at), key: `${rule} ${actor} ${hour}${since}${which}` };
    });
  }

  #take(act: Act, at: number): Finding[] {
    const clinicHour = this.#clinicHour(new Date(at));
    const habits = this.#habitsOf(act.actor);
    const unusual = circumstanceFindings(act, clinicHour, habits);
    if (!habits.add(act, at, clinicHour)) return [];
    const found = [...volumeFindings(act, at, clinicHour.day, habits), ...unusual];
    if (found.some(({ rule }) => rules[rule].severity === 'critical')) habits.leaveOut(at);
    return found;
  }

  #habitsOf(actor: string): Habits {
    const habits = this.#people.get(actor) ?? new Habits();
    this.#people.set(actor, habits);
    return habits;
  }
}

/** For so long one critical rule confirms another. */
const confirmingMs = hourMs;

/** Whether two critical rules of different kinds were broken within an hour of each other, all by one person; emergencies aside. */
export function isConfirmed(alerts: readonly Pick<Alert, 'rule' | 'at'>[]): boolean {
  const critical = alerts.filter(({ rule }) => rules[rule].severity === 'critical' && rules[rule].kind !== 'emergency');
  return critical.some((one) =>
    critical.some(
      (other) =>
        rules[one.rule].kind !== rules[other.rule].kind &&
        Math.abs(one.at.getTime() - other.at.getTime()) <= confirmingMs,
    ),
  );
}
