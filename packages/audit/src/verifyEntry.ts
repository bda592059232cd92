import { equal } from './bytes.ts';
import { cosignedAt, signedByLog } from './checkpoint.ts';
import { opened } from './commitment.ts';
import { decodeEntry, type Entry } from './entry.ts';
import { AuditFormatError } from './errors.ts';
import type { ProvenEntry } from './exportLine.ts';
import { verifyInclusion } from './proof.ts';
import type { TreeHasher } from './treeHasher.ts';
import type { LogTrust } from './verifyLog.ts';

/** What one entry's proof shows. `witnessedAt` is Unix seconds, null where no known witness cosigned. */
export type EntryVerdict =
  | { readonly tag: 'proven'; readonly entry: Entry; readonly witnessedAt: number | null }
  /** The place is proven; what stood there is gone. Whether it was erased in order, only the whole log tells. */
  | { readonly tag: 'gone'; readonly witnessedAt: number | null }
  | { readonly tag: 'refused'; readonly reason: 'edited' | 'malformed' | 'notIncluded' | 'forged' | 'unwitnessed' };

/** Checks one entry against a checkpoint: what a person's browser does with each row that it is shown. */
export async function verifyProvenEntry(
  { leaf, proof, checkpoint: signed }: ProvenEntry,
  trust: LogTrust,
  hasher: TreeHasher,
): Promise<EntryVerdict> {
  const { content, commitment, index } = leaf;
  const own = content && opened(content, hasher);
  if (content && !(own && equal(own, commitment))) return refuse('edited');
  const { size, root } = signed.checkpoint;
  if (!verifyInclusion(hasher.leaf(commitment), index, size, proof, root, hasher)) return refuse('notIncluded');
  if (!(await signedByLog(signed, trust.log))) return refuse('forged');
  let witnessedAt: number | null = null;
  for (const witness of trust.witnesses) witnessedAt ??= await cosignedAt(signed, witness);
  if (trust.requireWitness && witnessedAt === null) return refuse('unwitnessed');
  if (!content) return { tag: 'gone', witnessedAt };
  try {
    return { tag: 'proven', entry: decodeEntry(content.encoded), witnessedAt };
  } catch (error) {
    if (error instanceof AuditFormatError) return refuse('malformed');
    throw error;
  }
}

const refuse = (reason: (EntryVerdict & { tag: 'refused' })['reason']): EntryVerdict => ({ tag: 'refused', reason });
