import { AuditFormatError, decodeEntry, type Entry, type EntryDraft } from '@sotto/audit';

type Stated = Pick<EntryDraft, 'actor' | 'role' | 'action' | 'resource'> & Partial<EntryDraft>;

/** An entry as the log takes it: what isn't stated is null, and the outcome `allowed`. */
export const entryOf = (time: Date, stated: Stated): EntryDraft => ({
  time: time.toISOString(),
  patient: null,
  purpose: null,
  address: null,
  userAgent: null,
  session: null,
  before: null,
  after: null,
  outcome: 'allowed',
  ...stated,
});

/** Who acts where nobody but this program does, or a person on its host. */
export const systemActor = { actor: 'keystore', role: 'system' } as const;

/** Null for what isn't an entry any more: the log's own verifier says why. */
export function readEntry(canonical: Uint8Array): Entry | null {
  try {
    return decodeEntry(canonical);
  } catch (fault) {
    if (fault instanceof AuditFormatError) return null;
    throw fault;
  }
}
