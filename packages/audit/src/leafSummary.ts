import { equal, fromBase64url, toBase64url } from './bytes.ts';
import { opened } from './commitment.ts';
import { decodeEntry, type Entry } from './entry.ts';
import { AuditFormatError } from './errors.ts';
import type { LoggedLeaf } from './exportLine.ts';
import type { PatientLink } from './patientChain.ts';
import type { TreeHasher } from './treeHasher.ts';

/** What one leaf tells by itself: most of the work, and none of it needs the leaves around it. */
export interface LeafSummary {
  readonly index: number;
  readonly commitment: Uint8Array;
  readonly leafHash: Uint8Array;
  readonly content: LeafContent;
}

export type LeafContent =
  | {
      readonly tag: 'entry';
      /** 16 bytes. */
      readonly id: Uint8Array;
      /** Null if the entry is about no patient. */
      readonly link: PatientLink | null;
      readonly erasure: Erasure | null;
    }
  /** Entry and salt are gone. */
  | { readonly tag: 'gone' }
  /** It doesn't open the commitment. What it does open, base64url; null if nothing could be. */
  | { readonly tag: 'stranger'; readonly opens: string | null }
  /** It opens the commitment, and is no entry. */
  | { readonly tag: 'malformed' };

/** That an earlier entry, by its place and its commitment, was erased. */
export interface Erasure {
  readonly index: number;
  readonly commitment: string;
}

export const summarize = (leaf: LoggedLeaf, hasher: TreeHasher): LeafSummary => ({
  index: leaf.index,
  commitment: leaf.commitment,
  leafHash: hasher.leaf(leaf.commitment),
  content: summarizeContent(leaf, hasher),
});

function summarizeContent({ index, commitment, content }: LoggedLeaf, hasher: TreeHasher): LeafContent {
  if (!content) return { tag: 'gone' };
  const own = opened(content, hasher);
  if (!own || !equal(own, commitment)) return { tag: 'stranger', opens: own && toBase64url(own) };
  const entry = decodeOrNull(content.encoded);
  if (!entry) return { tag: 'malformed' };
  return { tag: 'entry', id: fromBase64url(entry.id, 'entry'), link: linkOf(entry), erasure: erasureBy(entry, index) };
}

function linkOf({ patient, patientSequence, patientPrevious }: Entry): PatientLink | null {
  if (patient === null || patientSequence === null) return null;
  const previous = patientPrevious === null ? null : fromBase64url(patientPrevious, 'entry');
  return { patient, sequence: patientSequence, previous };
}

/** Only what lies before can be erased: an entry can't announce that one of the future may vanish. */
function erasureBy({ action, resource, before, outcome }: Entry, index: number): Erasure | null {
  if (action !== 'audit.erase' || outcome !== 'allowed' || before === null) return null;
  const erased = Number(/^entry:(0|[1-9]\d{0,15})$/.exec(resource)?.[1] ?? Number.NaN);
  return erased < index ? { index: erased, commitment: before } : null;
}

function decodeOrNull(encoded: Uint8Array): Entry | null {
  try {
    return decodeEntry(encoded);
  } catch (error) {
    if (error instanceof AuditFormatError) return null;
    throw error;
  }
}
