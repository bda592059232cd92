import { equal } from './bytes.ts';
import { cosignedAt, signedByLog } from './checkpoint.ts';
import { commit } from './commitment.ts';
import type { ProvenEntry } from './exportLine.ts';
import { verifyInclusion } from './proof.ts';
import type { TreeHasher } from './treeHasher.ts';
import type { LogTrust } from './verifyLog.ts';

/** What one entry's proof shows. `witnessedAt` is Unix seconds, null where no known witness cosigned. */
export type EntryVerdict =
  | { readonly tag: 'proven'; readonly witnessedAt: number | null }
  /** The place is proven; the entry that stood there was erased. */
  | { readonly tag: 'erased'; readonly witnessedAt: number | null }
  | { readonly tag: 'refused'; readonly reason: 'edited' | 'notIncluded' | 'forged' | 'unwitnessed' };

/** Checks one entry against a checkpoint: what a person's browser does with each row that it is shown. */
export async function verifyProvenEntry(
  { leaf, proof, checkpoint: signed }: ProvenEntry,
  trust: LogTrust,
  hasher: TreeHasher,
): Promise<EntryVerdict> {
  const { content, commitment, index } = leaf;
  if (content && !equal(commit(content.salt, content.encoded, hasher), commitment)) return refuse('edited');
  const { size, root } = signed.checkpoint;
  if (!verifyInclusion(hasher.leaf(commitment), index, size, proof, root, hasher)) return refuse('notIncluded');
  if (!(await signedByLog(signed, trust.log))) return refuse('forged');
  let witnessedAt: number | null = null;
  for (const witness of trust.witnesses) witnessedAt ??= await cosignedAt(signed, witness);
  if (trust.requireWitness && witnessedAt === null) return refuse('unwitnessed');
  return { tag: content ? 'proven' : 'erased', witnessedAt };
}

const refuse = (reason: (EntryVerdict & { tag: 'refused' })['reason']): EntryVerdict => ({ tag: 'refused', reason });
