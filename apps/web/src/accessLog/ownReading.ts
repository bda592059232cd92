import type { ReadingNonce } from '@sotto/protocol/keystore';
import type { About } from '../keystore/keystoreApi.ts';
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
 * Whether a line is the log's own record of this very reading: proven, of this reader, of what was asked for, with the
 * nonce that this browser made a moment ago. Then what the log counts before it is all that there was.
 */
export function isOwnReading({ verdict }: CheckedEntry, { about, reader, nonce }: AskedReading): boolean {
  if (verdict.tag !== 'proven') return false;
  const { action, actor, outcome, patient, resource, session } = verdict.entry;
  if (action !== 'log.read' || outcome !== 'allowed' || session !== nonce) return false;
  switch (about.of) {
    case 'patient': {
      const isAsked = patient !== null && (about.patient === undefined || patient === about.patient);
      return isAsked && resource === `log:patient:${patient}` && actor === (reader ?? patient);
    }
    case 'own':
      return resource === `log:actor:${actor}` && actor === reader;
    case 'all':
      return resource === 'log:all' && actor === reader;
  }
}
