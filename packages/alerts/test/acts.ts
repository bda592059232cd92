import { type Act, Watch } from '../src/index.ts';

const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** A Monday noon in Berlin. */
export const noon = new Date('2026-06-15T10:00:00Z');

export const later = (at: Date, ms: number): Date => new Date(at.getTime() + ms);

let requests = 0;

/** An opening, each by a request of its own and of another patient. */
export function act(changed: Partial<Act> = {}): Act {
  requests += 1;
  return {
    ...{
      actor: 'nurse',
      request: `request-${requests}`,
      patient: `patient-${requests}`,
      at: noon,
      address: '10.1.2.3',
    },
    ...{ outcome: 'allowed', isEmergency: false, isOwnVisit: false, isOwnRelative: false, isHeldUp: false },
    ...changed,
  };
}

/** As many acts, one every so many milliseconds. */
export const several = (
  count: number,
  from: Date,
  everyMs: number,
  changed: (index: number) => Partial<Act> = () => ({}),
) => Array.from({ length: count }, (_, index) => act({ at: later(from, index * everyMs), ...changed(index) }));

/** A watch whose clock shows the time of what it is told, and what it finds in some acts. */
export function watching(timeZone = 'Europe/Berlin') {
  let now = noon;
  const watch = new Watch({ timeZone, now: () => now });
  return {
    watch,
    set: (at: Date) => {
      now = at;
    },
    learn: (acts: readonly Act[]) => {
      for (const one of acts) watch.learn(one);
    },
    rulesIn: (acts: readonly Act[]): string[] => [
      ...new Set(
        acts.flatMap((one) => {
          if (one.at > now) now = one.at;
          return watch.watch(one).map(({ rule }) => rule);
        }),
      ),
    ],
  };
}
