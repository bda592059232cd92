import { equal } from './bytes.ts';
import { opened } from './commitment.ts';
import { decodeEntry } from './entry.ts';
import { AuditFormatError } from './errors.ts';
import type { LoggedLeaf } from './exportLine.ts';
import type { PlacedEntry } from './fhirAuditEvent.ts';
import type { TreeHasher } from './treeHasher.ts';

/**
 * The entry of a leaf, if it opens the leaf's commitment; null where its content is gone.
 *
 * @throws AuditFormatError `entry` if what is there isn't what was logged, or no entry
 */
export function openedEntry({ index, commitment, content }: LoggedLeaf, hasher: TreeHasher): PlacedEntry | null {
  if (content === null) return null;
  const own = opened(content, hasher);
  if (own === null || !equal(own, commitment)) throw new AuditFormatError('entry', 'not what was logged');
  return { entry: decodeEntry(content.encoded), index, commitment };
}
