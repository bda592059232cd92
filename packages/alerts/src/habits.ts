import { type Act, type ActKind, countedAs, kindOf, nameOf } from './act.ts';
import type { ClinicHour } from './clinicHour.ts';
import { placeOf } from './place.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** What somebody did longer ago says nothing of their habits. */
const rememberedMs = 28 * dayMs;
/** Places are remembered for longer: people come back from a holiday, or to another ward. */
const placesMs = 90 * dayMs;
/** So far back the same act is known when it is told again. */
const repeatableMs = 2 * dayMs;

/** The longest time that a rule looks at. */
export const recentMs = hourMs;
/** Acts that come late, or by a clock that was set back, are looked at with those of their own time. */
const keptMs = dayMs + recentMs;
const maxKept = 5_000;

/** A mean of fewer says nothing of what is usual. */
const leastDays = 3;
const leastHours = 10;

interface RecentAct {
  readonly kind: ActKind;
  /** Whose, or which (`countedAs`). */
  readonly counted: string;
  readonly at: number;
}

/** An hour in which somebody did anything. */
interface OwnHour {
  /** By the clinic's clock. */
  readonly day: string;
  /** Acts that are known, and patients of openings, for as long as they may be told again. */
  readonly known: Set<string>;
  readonly patients: Set<string>;
  /** Patients of openings. */
  count: number;
  isLeftOut: boolean;
}

/** Mean and standard deviation of the patients in hours in which somebody opened anything at all. */
export interface OwnHours {
  readonly mean: number;
  readonly deviation: number;
}

/** What is known of one person: by what they did in the last weeks, of which nothing but counts, hours and networks is kept. */
export class Habits {
  /** By Unix hours. */
  readonly #hours = new Map<number, OwnHour>();
  /** Hours of the clinic's clock in which something was opened, with when. */
  readonly #clinicHours = new Map<string, { readonly hour: number; at: number }>();
  /** Networks, with when each was seen last. */
  readonly #places = new Map<string, number>();
  #recent: RecentAct[] = [];
  #newest = Number.NEGATIVE_INFINITY;
  #liftedAt = Number.NEGATIVE_INFINITY;

  /** @returns false if it was known: then nothing has changed */
  add(act: Act, at: number, clinicHour: ClinicHour): boolean {
    const [name, kind, counted] = [nameOf(act), kindOf(act), countedAs(act)];
    const hour = this.#hourOf(Math.floor(at / hourMs), clinicHour.day);
    if (hour.known.has(name)) return false;
    hour.known.add(name);
    if (kind === 'opening' && !hour.patients.has(counted)) {
      hour.patients.add(counted);
      hour.count += 1;
    }
    if (kind !== 'refusal') {
      const { day, hour: shown } = clinicHour;
      this.#clinicHours.set(`${day} ${shown}`, { hour: shown, at });
    }
    if (act.address !== null) {
      const place = placeOf(act.address);
      this.#places.set(place, Math.max(at, this.#places.get(place) ?? at));
    }
    this.#recent.push({ kind, counted, at });
    this.#newest = Math.max(this.#newest, at);
    this.#forget();
    return true;
  }

  /** Since when acts count; those up to it are somebody's who was let go on. */
  get liftedAt(): number {
    return this.#liftedAt;
  }

  /** Has what was done up to an instant count no more. */
  lift(at: number): void {
    this.#liftedAt = Math.max(this.#liftedAt, at);
  }

  /** Whose something was in acts of the time up to and with `at`. */
  within(at: number, ms: number, kind: ActKind): ReadonlySet<string> {
    const after = Math.max(at - ms, this.#liftedAt);
    const acts = this.#recent.filter((one) => one.kind === kind && one.at <= at && one.at > after);
    return new Set(acts.map(({ counted }) => counted));
  }

  /** Has an hour count as nobody's habit: what was found in it isn't usual. */
  leaveOut(at: number): void {
    const hour = this.#hours.get(Math.floor(at / hourMs));
    if (hour !== undefined) hour.isLeftOut = true;
  }

  /** Of hours before `today`; zeros where there are too few to say. @param today by the clinic's clock */
  ownHours(at: number, today: string): OwnHours {
    const before = Math.floor((at - recentMs) / hourMs);
    const own = [...this.#hours].flatMap(([hour, one]) =>
      hour < before && one.day < today && one.count > 0 && !one.isLeftOut ? [one] : [],
    );
    const days = new Set(own.map(({ day }) => day)).size;
    if (days < leastDays || own.length < leastHours) return { mean: 0, deviation: 0 };
    const mean = own.reduce((sum, { count }) => sum + count, 0) / own.length;
    const variance = own.reduce((sum, { count }) => sum + (count - mean) ** 2, 0) / own.length;
    return { mean, deviation: Math.sqrt(variance) };
  }

  /** On how many days something was opened at this hour of the clinic's clock, today not counted. */
  daysAt({ day, hour }: ClinicHour): number {
    return [...this.#clinicHours].filter(([label, one]) => one.hour === hour && !label.startsWith(day)).length;
  }

  /** Whether it is somewhere else than wherever they were before; the first place of all is nowhere else. */
  isNewPlace(address: string): boolean {
    return this.#places.size > 0 && !this.#places.has(placeOf(address));
  }

  #hourOf(hour: number, day: string): OwnHour {
    const own = this.#hours.get(hour) ?? { day, known: new Set(), patients: new Set(), count: 0, isLeftOut: false };
    this.#hours.set(hour, own);
    return own;
  }

  #forget(): void {
    const newest = this.#newest;
    this.#recent = this.#recent.filter(({ at }) => at > newest - keptMs).slice(-maxKept);
    for (const [hour, { known, patients }] of this.#hours) {
      if (hour * hourMs < newest - rememberedMs) this.#hours.delete(hour);
      else if (hour * hourMs < newest - repeatableMs) {
        known.clear();
        patients.clear();
      }
    }
    for (const [label, { at }] of this.#clinicHours) if (at < newest - rememberedMs) this.#clinicHours.delete(label);
    for (const [place, at] of this.#places) if (at < newest - placesMs) this.#places.delete(place);
  }
}
