import { participantId, visitId } from '@sotto/protocol/ids';
import { beforeEach, describe, expect, it } from 'vitest';
import { openStandingAdmissions } from './standingAdmissions.ts';

const visit = visitId.parse('v'.repeat(22));
const other = visitId.parse('w'.repeat(22));
const pat = participantId.parse('p'.repeat(22));

/** A tab's storage, in memory: Node has none that lives for one tab. */
class TabStorage implements Storage {
  readonly #values = new Map<string, string>();
  [name: string]: unknown;
  get length(): number {
    return this.#values.size;
  }
  clear(): void {
    this.#values.clear();
  }
  getItem(key: string): string | null {
    return this.#values.get(key) ?? null;
  }
  key(index: number): string | null {
    return [...this.#values.keys()][index] ?? null;
  }
  removeItem(key: string): void {
    this.#values.delete(key);
  }
  setItem(key: string, value: string): void {
    this.#values.set(key, value);
  }
}

describe('standing admissions', () => {
  let storage: TabStorage;
  beforeEach(() => {
    storage = new TabStorage();
  });

  it('survive a reload of the page', () => {
    openStandingAdmissions(visit, storage).add(pat);
    expect(openStandingAdmissions(visit, storage).has(pat)).toBe(true);
  });

  it('hold for one visit and until taken back', () => {
    const admissions = openStandingAdmissions(visit, storage);
    admissions.add(pat);
    expect(openStandingAdmissions(other, storage).has(pat)).toBe(false);
    admissions.remove(pat);
    expect(openStandingAdmissions(visit, storage).has(pat)).toBe(false);
  });

  it.each(['{', '"p"', '["short"]', '[1]', 'null'])('let nobody in on account of a storage with %s', (text) => {
    openStandingAdmissions(visit, storage).add(pat);
    storage.setItem(storage.key(0) ?? '', text);
    expect(openStandingAdmissions(visit, storage).has(pat)).toBe(false);
  });

  it('work for the life of the page where storage is blocked', () => {
    const admissions = openStandingAdmissions(visit, null);
    admissions.add(pat);
    expect(admissions.has(pat)).toBe(true);
  });
});
