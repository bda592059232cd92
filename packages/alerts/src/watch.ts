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
  /** The same for the same rule, person and hour, however often it is found: to keep it once. */
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

  /** Takes an act of before as what is usual, and finds nothing in it. */
  learn(act: Act): void {
    const at = Math.min(act.at.getTime(), this.#now().getTime());
    this.#habitsOf(act.actor).add(act, at, this.#clinicHour(new Date(at)));
  }

  /** Takes an act of now. @returns what it gives rise to; nothing if it is known */
  watch(act: Act): Alert[] {
    const now = this.#now().getTime();
    const said = act.at.getTime();
    const at = said > now || said < now - longestDelayMs ? now : said;
    const clinicHour = this.#clinicHour(new Date(at));
    const habits = this.#habitsOf(act.actor);
    const unusual = circumstanceFindings(act, clinicHour, habits);
    if (!habits.add(act, at, clinicHour)) return [];
    return [...volumeFindings(act, at, habits), ...unusual].map((finding) => ({
      ...finding,
      actor: act.actor,
      at: new Date(at),
      key: `${finding.rule} ${act.actor} ${Math.floor(at / hourMs)}`,
    }));
  }

  #habitsOf(actor: string): Habits {
    const habits = this.#people.get(actor) ?? new Habits();
    this.#people.set(actor, habits);
    return habits;
  }
}

/** For so long one critical rule confirms another. */
const confirmingMs = hourMs;

/** Whether two critical rules of different kinds were broken within an hour of each other, all by one person. */
export function isConfirmed(alerts: readonly Pick<Alert, 'rule' | 'at'>[]): boolean {
  const critical = alerts.filter(({ rule }) => rules[rule].severity === 'critical');
  return critical.some((one) =>
    critical.some(
      (other) =>
        rules[one.rule].kind !== rules[other.rule].kind &&
        Math.abs(one.at.getTime() - other.at.getTime()) <= confirmingMs,
    ),
  );
}
