import type { Visit } from '@sotto/protocol/clinic';

const minute = 60_000;

export const startOf = (visit: Visit) => new Date(visit.startsAt);
const endOf = (visit: Visit) => new Date(startOf(visit).getTime() + visit.minutes * minute);

/** Whether the visit can still be entered. */
export const isUpcoming = (visit: Visit) => visit.status === 'scheduled' || visit.status === 'open';

/** Whether there may be notes: the visit has begun. */
export const hasRecord = (visit: Visit) => visit.status === 'open' || visit.status === 'ended';

/**
 * The visit that comes next: one that is already open, else the earliest that isn't over by more than an hour.
 * Null when the day has none left.
 */
export function nextVisit(visits: readonly Visit[], now: Date): Visit | null {
  const left = visits
    .filter((visit) => isUpcoming(visit) && endOf(visit).getTime() + 60 * minute > now.getTime())
    .sort((a, b) => startOf(a).getTime() - startOf(b).getTime());
  return left.find((visit) => visit.status === 'open') ?? left[0] ?? null;
}
