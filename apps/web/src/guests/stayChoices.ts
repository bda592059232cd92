/** How long a guest may stay, in minutes: what a clinic offers. */
export const stayMinutes = [15, 30, 60, 120] as const;
export const usualStayMinutes = 30;
/** What a guest is given in addition by one press. */
export const moreMinutes = 15;
/** From so long before the end on, the guest and the host are told. */
const warnings = [
  { left: 'one', ms: 60_000 },
  { left: 'five', ms: 5 * 60_000 },
] as const;

/** When a stay ends that begins now, or with the visit if that is still to come. */
export const endOfStay = (startsAt: Date, minutes: number, now: Date): Date =>
  new Date(Math.max(startsAt.getTime(), now.getTime()) + minutes * 60_000);

/** A later end: in addition to what is left, or from now on where nothing is. */
export const laterEnd = (endsAt: Date, now: Date): Date =>
  new Date(Math.max(endsAt.getTime(), now.getTime()) + moreMinutes * 60_000);

/** Of how many minutes left somebody is to be told; null while there are more, and once it's over. */
export function warningOf(until: number, now: number): 'one' | 'five' | null {
  if (until <= now) return null;
  return warnings.find(({ ms }) => until - now <= ms)?.left ?? null;
}
