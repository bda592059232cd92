/**
 * What a verifier found wrong, and where (SPEC.md section 8). Never with content: an index is a place in the log,
 * a size a number of leaves.
 */
export type Finding =
  | { readonly tag: 'edited'; readonly index: number }
  | { readonly tag: 'removed'; readonly index: number }
  | { readonly tag: 'reordered'; readonly index: number; readonly belongsAt: number }
  | { readonly tag: 'duplicated'; readonly index: number; readonly firstAt: number }
  | { readonly tag: 'misplaced'; readonly index: number; readonly place: number }
  | { readonly tag: 'patientGap'; readonly index: number }
  | { readonly tag: 'forged'; readonly size: number }
  | { readonly tag: 'fork'; readonly size: number }
  | { readonly tag: 'rollback'; readonly size: number; readonly stated: number }
  | { readonly tag: 'unwitnessed'; readonly size: number };

export interface VerificationReport {
  /** Leaves read. */
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
    case 'reordered':
      return `Entry ${finding.index} was moved: it belongs at ${finding.belongsAt}.`;
    case 'duplicated':
      return `Entry ${finding.index} is a copy of entry ${finding.firstAt}.`;
    case 'misplaced':
      return `The line at place ${finding.place} says that it is entry ${finding.index}.`;
    case 'patientGap':
      return `Entry ${finding.index} doesn't follow the same patient's entry before it.`;
    case 'forged':
      return `The checkpoint of size ${finding.size} wasn't signed by the log.`;
    case 'fork':
      return `The checkpoint of size ${finding.size} is of another log: the entries up to there were changed since, or there are two logs.`;
    case 'rollback':
      return `The log has ${finding.size} entries, but a checkpoint states ${finding.stated}: entries at the end are gone.`;
    case 'unwitnessed':
      return `The checkpoint of size ${finding.size} has no cosignature by a known witness.`;
  }
}
