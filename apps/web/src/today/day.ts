/** One calendar day in this device's time zone. */
export interface Day {
  readonly from: Date;
  /** The first instant of the next day. */
  readonly to: Date;
}

/** The day that holds `date`, moved by whole days. */
export function dayOf(date: Date, offset = 0): Day {
  const start = (days: number) => new Date(date.getFullYear(), date.getMonth(), date.getDate() + days);
  return { from: start(offset), to: start(offset + 1) };
}

const two = (value: number) => String(value).padStart(2, '0');

/** As a date input takes it: 2026-03-09. */
export const dateInputValue = (date: Date) =>
  `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;

/** As a time input takes it: 09:30. */
export const timeInputValue = (date: Date) => `${two(date.getHours())}:${two(date.getMinutes())}`;

/** The next full five minutes, for a visit that is about to be. */
export function nextSlot(now: Date): Date {
  const slot = 5 * 60_000;
  return new Date(Math.ceil(now.getTime() / slot) * slot);
}

/** The instant of both inputs in this device's time zone; null when one isn't filled. */
export function instantOf(date: string, time: string): Date | null {
  const instant = new Date(`${date}T${time}`);
  return Number.isNaN(instant.getTime()) ? null : instant;
}
