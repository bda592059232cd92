import type { Entry } from './entry.ts';

/** That an earlier entry was erased (SPEC.md section 6). */
export interface Erasure {
  readonly index: number;
  /** The erased entry's, base64url. */
  readonly commitment: string;
}

/**
 * What an entry at this index says of an erasure; null if nothing, or not as it has to. Only what lies before can be
 * erased: an entry can't announce that one of the future may vanish.
 */
export function erasureBy({ action, resource, patient, before, outcome }: Entry, index: number): Erasure | null {
  if (action !== 'audit.erase' || outcome !== 'allowed' || patient !== null || before === null) return null;
  const erased = Number(/^entry:(0|[1-9]\d{0,15})$/.exec(resource)?.[1] ?? Number.NaN);
  return erased < index ? { index: erased, commitment: before } : null;
}
