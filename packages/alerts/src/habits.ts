import { type Act, countedAs } from './act.ts';
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

interface RecentAct {
  readonly counted: string;
  readonly patient: string | null;
  readonly outcome: Act['outcome'];
  readonly at: number;
}

/** Mean and standard deviation of the hours in which somebody opened anything at all. */
export interface OwnHours {
  readonly hours: number;
  readonly mean: number;
  readonly deviation: number;
}

/** What is known of one person: by what they did in the last weeks, of which nothing but counts, hours and networks is kept. */
export class Habits {
  /** Openings by the hour they were in, Unix hours; what was counted in each, for as long as it may be told again. */
  readonly #hours = new Map<number, { count: number; readonly counted: Set<string> }>();
  /** Hours of the clinic's clock in which something was opened, with when. */
  readonly #clinicHours = new Map<string, { readonly hour: number; at: number }>();
  /** Networks, with when each was seen last. */
  readonly #places = new Map<string, number>();
  #recent: RecentAct[] = [];
  #newest = Number.NEGATIVE_INFINITY;

  /** @returns false if it was known: then nothing has changed */
  add(act: Act, at: number, clinicHour: ClinicHour): boolean {
    const counted = `${act.outcome} ${countedAs(act)}`;
    const hour = this.#hourOf(Math.floor(at / hourMs));
    if (hour.counted.has(counted)) return false;
    hour.counted.add(counted);
    if (act.outcome === 'allowed') {
      hour.count += 1;
      const { day, hour: shown } = clinicHour;
      this.#clinicHours.set(`${day} ${shown}`, { hour: shown, at });
    }
    if (act.address !== null) {
      const place = placeOf(act.address);
      this.#places.set(place, Math.max(at, this.#places.get(place) ?? at));
    }
    this.#recent.push({ counted, patient: act.patient, outcome: act.outcome, at });
    this.#newest = Math.max(this.#newest, at);
    this.#forget();
    return true;
  }

  /** Acts of the time up to and with `at`. */
  within(at: number, ms: number, outcome: Act['outcome']): readonly RecentAct[] {
    return this.#recent.filter((one) => one.outcome === outcome && one.at <= at && one.at > at - ms);
  }

  /** The hours that were over when the last `recentMs` before `at` began. */
  ownHours(at: number): OwnHours {
    const before = Math.floor((at - recentMs) / hourMs);
    const counts = [...this.#hours].flatMap(([hour, { count }]) => (hour < before && count > 0 ? [count] : []));
    if (counts.length === 0) return { hours: 0, mean: 0, deviation: 0 };
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length;
    return { hours: counts.length, mean, deviation: Math.sqrt(variance) };
  }

  /** On how many days something was opened at this hour of the clinic's clock, today not counted. */
  daysAt({ day, hour }: ClinicHour): number {
    return [...this.#clinicHours].filter(([label, one]) => one.hour === hour && !label.startsWith(day)).length;
  }

  /** Whether it is somewhere else than wherever they were before; the first place of all is nowhere else. */
  isNewPlace(address: string): boolean {
    return this.#places.size > 0 && !this.#places.has(placeOf(address));
  }

  #hourOf(hour: number) {
    const known = this.#hours.get(hour) ?? { count: 0, counted: new Set<string>() };
    this.#hours.set(hour, known);
    return known;
  }

  #forget(): void {
    const newest = this.#newest;
    this.#recent = this.#recent.filter(({ at }) => at > newest - keptMs).slice(-maxKept);
    for (const [hour, { counted }] of this.#hours) {
      if (hour * hourMs < newest - rememberedMs) this.#hours.delete(hour);
      else if (hour * hourMs < newest - repeatableMs) counted.clear();
    }
    for (const [label, { at }] of this.#clinicHours) if (at < newest - rememberedMs) this.#clinicHours.delete(label);
    for (const [place, at] of this.#places) if (at < newest - placesMs) this.#places.delete(place);
  }
}
