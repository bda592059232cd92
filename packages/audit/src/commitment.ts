import { saltLength } from './entry.ts';
import { AuditUsageError } from './errors.ts';
import type { LoggedContent } from './exportLine.ts';
import type { TreeHasher } from './treeHasher.ts';

/**
 * What a leaf holds in place of an entry: SHA-256(salt ‖ canonical entry). Without the salt it tells nothing, so
 * a proof may show its neighbours and an erased entry can't be guessed back from what stays.
 *
 * @param salt 32 random bytes, used once
 * @param encoded the entry's canonical bytes
 */
export function commit(salt: Uint8Array, encoded: Uint8Array, hasher: TreeHasher): Uint8Array {
  if (salt.length !== saltLength) throw new AuditUsageError('salt of another length');
  return hasher.commitment(salt, encoded);
}

/** What the content opens; null if its salt isn't one. Compare it with the commitment. */
export const opened = ({ salt, encoded }: LoggedContent, hasher: TreeHasher): Uint8Array | null =>
  salt.length === saltLength ? commit(salt, encoded, hasher) : null;
