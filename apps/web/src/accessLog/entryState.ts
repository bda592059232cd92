import type { CheckedEntry } from '../keystore/logTrust.ts';

/**
 * What this browser found of one line. `verified`: in the log under a checkpoint that the witness cosigned.
 * `unwitnessed`: in the log, not cosigned yet. `gone`: its place is proven, its content was erased. `failed`: not proven.
 */
export type EntryState = 'verified' | 'unwitnessed' | 'gone' | 'failed';

export function stateOf({ verdict }: CheckedEntry): EntryState {
  switch (verdict.tag) {
    case 'proven':
      return verdict.witnessedAt === null ? 'unwitnessed' : 'verified';
    case 'gone':
      return 'gone';
    case 'refused':
    case 'unreadable':
      return 'failed';
  }
}

/** How many of each, and whether the log was answered in order: newest first, each place once. */
export function summaryOf(entries: readonly CheckedEntry[]): Record<EntryState, number> & { inOrder: boolean } {
  const count = { verified: 0, unwitnessed: 0, gone: 0, failed: 0 };
  for (const entry of entries) count[stateOf(entry)] += 1;
  const places = entries.flatMap(({ index }) => (index === null ? [] : [index]));
  return { ...count, inOrder: places.every((place, at) => at === 0 || place < (places[at - 1] ?? 0)) };
}
