/** One test, as its runner reported it. */
export interface ReportedCase {
  /** Titles of what it stands in, outermost first, without its file. */
  readonly group: string;
  readonly title: string;
  /** As `@installed`, where the runner has tags. */
  readonly tags: readonly string[];
  readonly passed: boolean;
  /** Why it failed; empty if it passed. */
  readonly reason: string;
}
