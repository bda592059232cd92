import type { ReadingNonce } from '@sotto/protocol/keystore';
import type { About, Followed } from '../keystore/keystoreApi.ts';
import type { CheckedEntry } from '../keystore/logTrust.ts';

/** What a browser asked for when it read the log. */
export interface AskedReading {
  readonly about: About;
  /** Who reads; null for the patient themselves. */
  readonly reader: string | null;
  /** Made for this reading alone. */
  readonly nonce: ReadingNonce;
}

/**
 * What an answer's first line is. `own`: the log's own record of this very reading, so what the log counts before it is
 * all that there was. `unknown`: the same, but of a patient whom only the server calls the reader. `other`: anything else.
 */
export type ReadingVerdict = 'own' | 'unknown' | 'other';

/** From the best to the worst. */
const verdicts: readonly ReadingVerdict[] = ['own', 'unknown', 'other'];

/** What several answers are together: as good as the worst of them. */
export const worstOf = (found: readonly ReadingVerdict[]): ReadingVerdict =>
  verdicts.findLast((verdict) => found.includes(verdict)) ?? 'other';

function wordOf(followed: Followed | null): string {
  if (followed === null) return 'all';
  return followed.of === 'patient' ? `patient:${followed.patient}` : `actor:${followed.person}`;
}

/** Proven, of this reader, of what was asked for, with the nonce that this browser made a moment ago. */
export function judgeReading({ verdict }: CheckedEntry, { about, reader, nonce }: AskedReading): ReadingVerdict {
  if (verdict.tag !== 'proven') return 'other';
  const { action, actor, outcome, patient, resource, session } = verdict.entry;
  const expected = about.of === 'platform' ? 'log:platform' : 'log.read';
  if (action !== expected || outcome !== 'allowed' || session !== nonce) return 'other';
  const isRead = (what: string, by: string | null) => resource === what && actor === by;
  switch (about.of) {
    case 'mine': {
      if (patient === null || !isRead(`log:patient:${patient}`, patient)) return 'other';
      return about.known.some((known) => known === patient) ? 'own' : 'unknown';
    }
    case 'patient':
      return patient === about.patient && isRead(`log:patient:${patient}`, reader) ? 'own' : 'other';
    case 'person':
      return isRead(`log:actor:${about.person}`, reader) ? 'own' : 'other';
    case 'own':
      return isRead(`log:actor:${actor}`, reader) ? 'own' : 'other';
    case 'all':
      return isRead('log:all', reader) ? 'own' : 'other';
    case 'platform':
      return isRead(`log:platform:${wordOf(about.followed)}`, reader) ? 'own' : 'other';
  }
}
