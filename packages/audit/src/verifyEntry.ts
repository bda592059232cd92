import { equal, toBase64url } from './bytes.ts';
import { cosignedAt, signedByLog } from './checkpoint.ts';
import type { LogTrust } from './checkpointTrust.ts';
import { opened } from './commitment.ts';
import { decodeEntry, type Entry } from './entry.ts';
import { erasureBy } from './erasure.ts';
import { AuditFormatError } from './errors.ts';
import type { ProvenEntry } from './exportLine.ts';
import { verifyInclusion } from './proof.ts';
import type { TreeHasher } from './treeHasher.ts';

/** What one entry's proof shows. `witnessedAt` is Unix seconds, null where no known witness cosigned. */
export type EntryVerdict =
  | { readonly tag: 'proven'; readonly entry: Entry; readonly witnessedAt: number | null }
  /** The place is proven; what stood there isn't shown. Whether it was erased in order, `verifyErasedEntry` tells. */
  | { readonly tag: 'gone'; readonly witnessedAt: number | null }
  | { readonly tag: 'refused'; readonly reason: EntryRefusal };

export type EntryRefusal = 'edited' | 'malformed' | 'notIncluded' | 'forged' | 'unwitnessed';

/** What the proofs of a place without its entry, and of the entry about its erasure, show. */
export type ErasureVerdict =
  | { readonly tag: 'erased'; readonly record: Entry; readonly witnessedAt: number | null }
  | { readonly tag: 'refused'; readonly reason: EntryRefusal | 'notErased' };

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

/** Checks that what stood at a place was erased in order: that an entry behind it says so (SPEC.md section 6). */
export async function verifyErasedEntry(
  gone: ProvenEntry,
  record: ProvenEntry,
  trust: LogTrust,
  hasher: TreeHasher,
): Promise<ErasureVerdict> {
  const place = await verifyProvenEntry(gone, trust, hasher);
  const about = await verifyProvenEntry(record, trust, hasher);
  if (place.tag === 'refused') return place;
  if (about.tag === 'refused') return about;
  const erasure = about.tag === 'proven' && place.tag === 'gone' ? erasureBy(about.entry, record.leaf.index) : null;
  const { index, commitment } = gone.leaf;
  if (about.tag !== 'proven' || erasure?.index !== index || erasure.commitment !== toBase64url(commitment)) {
    return { tag: 'refused', reason: 'notErased' };
  }
  return { tag: 'erased', record: about.entry, witnessedAt: place.witnessedAt };
}

const refuse = (reason: EntryRefusal): EntryVerdict => ({ tag: 'refused', reason });
