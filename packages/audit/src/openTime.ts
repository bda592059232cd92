import type { Entry } from './entry.ts';

/** For how long something was open, as the browser that opened it says (apps/keystore/SPEC.md section 5.1). */
export interface OpenTime {
  readonly seconds: number;
  /** Whether its end was told; else it is what was last heard, and it may have been open for longer. */
  readonly isEnd: boolean;
}

const closed = 'object.close';
const told = /^open:(\d{1,5})(:lost)?$/;

/** What an entry says of an opening; null of every other entry. */
export function openTimeOf({ action, purpose }: Pick<Entry, 'action' | 'purpose'>): OpenTime | null {
  const found = action === closed ? told.exec(purpose ?? '') : null;
  return found === null ? null : { seconds: Number(found[1]), isEnd: found[2] === undefined };
}

/** The openings among some entries that others of them tell the end of, by the opening's id. */
export function openTimesIn(entries: readonly Entry[]): ReadonlyMap<string, OpenTime> {
  const of = ({ session, resource, actor }: Entry) => `${session ?? ''} ${resource} ${actor}`;
  const told = new Map(
    entries.flatMap((entry) => {
      const time = openTimeOf(entry);
      return time === null ? [] : [[of(entry), time] as const];
    }),
  );
  return new Map(
    entries.flatMap((entry) => {
      const time = entry.action === 'object.release' && entry.outcome === 'allowed' ? told.get(of(entry)) : undefined;
      return time === undefined ? [] : [[entry.id, time] as const];
    }),
  );
}
