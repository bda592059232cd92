import type { EntryDraft } from '@sotto/audit';

/** For so long an open page may ask for the same again without another entry. */
const windowMs = 15 * 60_000;
const maxRemembered = 20_000;

const keyOf = ({ actor, role, session, action, resource, patient, address }: EntryDraft): string =>
  JSON.stringify([actor, role, session, action, resource, patient, address]);

/** What open pages were shown in the last quarter of an hour, each by its session: they ask for it every few seconds. */
export class RecentReadings {
  /** By key the time of the entry, Unix ms, oldest first. */
  readonly #recorded = new Map<string, number>();

  /** Whether the log has an entry of the same reading that isn't older than a quarter of an hour. */
  has(entry: EntryDraft): boolean {
    const recorded = this.#recorded.get(keyOf(entry));
    const age = recorded === undefined ? Number.NaN : Date.parse(entry.time) - recorded;
    return age >= 0 && age < windowMs;
  }

  /** Remembers a reading that is in the log. */
  add(entry: EntryDraft): void {
    const key = keyOf(entry);
    this.#recorded.delete(key);
    this.#recorded.set(key, Date.parse(entry.time));
    const [oldest] = this.#recorded.keys();
    if (this.#recorded.size > maxRemembered && oldest !== undefined) this.#recorded.delete(oldest);
  }
}
