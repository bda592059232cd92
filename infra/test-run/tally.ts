/** What a runner reported: counts, and a few lines a failure. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** One entry a failure: its name, then why. */
  readonly failures: readonly Failure[];
  /** What passed at its second try only, and why not at its first: counted as passed, and named. */
  readonly late: readonly Failure[];
}

export interface Failure {
  readonly name: string;
  readonly reason: string;
}

export const onePassed: Tally = { passed: 1, failed: 0, skipped: 0, failures: [], late: [] };

export const nothing: Tally = { passed: 0, failed: 0, skipped: 0, failures: [], late: [] };

/** One failure, of a guard or of a runner itself. */
export function oneFailed(name: string, reason: string): Tally {
  return { passed: 0, failed: 1, skipped: 0, failures: [{ name, reason }], late: [] };
}

export function add(a: Tally, b: Tally): Tally {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    failures: [...a.failures, ...b.failures],
    late: [...a.late, ...b.late],
  };
}
