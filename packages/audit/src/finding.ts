/**
 * What a verifier found wrong, and where (SPEC.md section 8). Never with content: an index is a place in the log,
 * a size a number of leaves.
 */
export type Finding =
  | { readonly tag: 'edited'; readonly index: number }
  | { readonly tag: 'removed'; readonly index: number }
  | { readonly tag: 'missing'; readonly index: number; readonly last: number }
  | { readonly tag: 'added'; readonly index: number }
  | { readonly tag: 'reordered'; readonly index: number; readonly belongsAt: number }
  | { readonly tag: 'duplicated'; readonly index: number; readonly firstAt: number }
  | { readonly tag: 'repeated'; readonly index: number }
  | { readonly tag: 'misplaced'; readonly index: number; readonly place: number }
  | { readonly tag: 'malformed'; readonly index: number }
  | { readonly tag: 'patientGap'; readonly index: number }
  | { readonly tag: 'forged'; readonly size: number }
  | { readonly tag: 'fork'; readonly size: number; readonly after: number }
  | { readonly tag: 'rollback'; readonly size: number; readonly stated: number }
  | { readonly tag: 'unwitnessed'; readonly size: number }
  /** From `index` on, under no checkpoint that a witness cosigned where one was asked for; `size` of the log. */
  | { readonly tag: 'uncovered'; readonly index: number; readonly size: number }
  | { readonly tag: 'unerased'; readonly index: number }
  | { readonly tag: 'unreadable'; readonly line: number }
  | { readonly tag: 'mislabelled'; readonly index: number }
  | { readonly tag: 'derived'; readonly what: 'head' | 'subtree' | 'checkpoint' | 'patient' };

export interface VerificationReport {
  /** Leaves, as the log says. */
  readonly size: number;
  /** Leaves whose entry was erased as section 6 says. */
  readonly erased: number;
  /** Size of the largest checkpoint that the log signed and whose root is that of the leaves; 0 without one. */
  readonly checkpointed: number;
  /** The same for those that a witness cosigned. */
  readonly witnessed: number;
  readonly findings: readonly Finding[];
}

/** One sentence a finding, for people. */
export function describeFinding(finding: Finding): string {
  switch (finding.tag) {
    case 'edited':
      return `Entry ${finding.index} was edited: it isn't what was logged.`;
    case 'removed':
      return `Entry ${finding.index} was removed: it is gone and no erasure is on record.`;
    case 'missing':
      return finding.index === finding.last
        ? `Entry ${finding.index} was removed, and its commitment with it: what follows can't be checked against a checkpoint.`
        : `Entries ${finding.index} to ${finding.last} were removed, and their commitments with them: what follows can't be checked against a checkpoint.`;
    case 'added':
      return `Entry ${finding.index} was added: the log says that it ends before.`;
    case 'reordered':
      return `Entry ${finding.index} was moved: it belongs at ${finding.belongsAt}.`;
    case 'duplicated':
      return `Entry ${finding.index} is a copy of entry ${finding.firstAt}.`;
    case 'repeated':
      return `Entry ${finding.index} is there more than once.`;
    case 'misplaced':
      return `Entry ${finding.index} was moved: it stands where entry ${finding.place} belongs.`;
    case 'malformed':
      return `Entry ${finding.index} was logged, but isn't in the format of an entry.`;
    case 'patientGap':
      return `Entry ${finding.index} doesn't follow the same patient's entry before it.`;
    case 'forged':
      return `The checkpoint of size ${finding.size} wasn't signed by the log.`;
    case 'fork':
      return `The checkpoint of size ${finding.size} is of another log: entries from ${finding.after} up to ${finding.size - 1} were changed, moved, added or taken away since, or there are two logs.`;
    case 'rollback':
      return `The log has ${finding.size} entries, but a checkpoint states ${finding.stated}: entries at the end are gone.`;
    case 'unwitnessed':
      return `The checkpoint of size ${finding.size} has no cosignature by a known witness.`;
    case 'uncovered':
      return finding.index === finding.size
        ? 'No checkpoint that a witness cosigned is of this log: nobody else knows it.'
        : `Entries ${finding.index} to ${finding.size - 1} are under no checkpoint that a witness cosigned: nobody else knows them.`;
    case 'unerased':
      return `Entry ${finding.index} is there, although its erasure is on record.`;
    case 'unreadable':
      return `Line ${finding.line} of the export was changed: it is no line of a log.`;
    case 'mislabelled':
      return `Entry ${finding.index} is found under other words than it holds: what the database searches by was changed.`;
    case 'derived':
      return derived[finding.what];
  }
}

const derived = {
  head: "The database's own head isn't that of its entries: what it would sign next would be of another log.",
  subtree: "A hash that the database keeps to make proofs with isn't that of its entries: proofs would fail.",
  checkpoint: 'A checkpoint is kept under another size, or as another kind, than it is.',
  patient: "What is kept of an erased patient's count is of no erased entry: the count would go wrong.",
} as const;
