/** What the clock of a zone shows at an instant, as ms since 1970 of a clock in UTC that shows the same. */
function shownAt(instant: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  const parts = format.formatToParts(instant);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value ?? Number.NaN);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}

/**
 * The instant at which a clock of the clinic's shows a day and a time; where it shows it twice, or never, an hour's difference is
 * left open.
 *
 * @param date as a date input gives it: 2026-03-09
 * @param time as a time input gives it: 09:30
 * @param timeZone an IANA name
 * @returns null when they aren't filled
 */
export function clinicInstant(date: string, time: string, timeZone: string): Date | null {
  const wanted = Date.parse(`${date}T${time}:00Z`);
  if (Number.isNaN(wanted)) return null;
  const first = wanted - (shownAt(wanted, timeZone) - wanted);
  return new Date(first - (shownAt(first, timeZone) - wanted));
}

/** The day after, as a date input gives it; empty when there is none. */
export function dayAfter(date: string): string {
  const at = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(at) ? '' : new Date(at + 86_400_000).toISOString().slice(0, 10);
}

/** What the clinic's clock shows at an instant, as inputs take it. */
export function clinicMoment(instant: Date, timeZone: string): { readonly day: string; readonly time: string } {
  const shown = new Date(shownAt(instant.getTime(), timeZone)).toISOString();
  return { day: shown.slice(0, 10), time: shown.slice(11, 16) };
}
