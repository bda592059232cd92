import * as z from 'zod';
import type { Failure, Tally } from './tally.ts';

/** The part of vitest's JSON report that is counted. */
const report = z.object({
  numPassedTests: z.int().nonnegative(),
  numFailedTests: z.int().nonnegative(),
  numPendingTests: z.int().nonnegative(),
  numTodoTests: z.int().nonnegative(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).nullish() }),
      ),
    }),
  ),
});

/**
 * Reads vitest's JSON report. A file that failed without a failed test (it didn't load, or a hook threw) counts as
 * one failure.
 *
 * @throws if the text isn't such a report
 */
export function readVitestReport(text: string): Tally {
  const { numPassedTests, numPendingTests, numTodoTests, testResults } = report.parse(JSON.parse(text));
  const failures: Failure[] = testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults
      .filter((test) => test.status === 'failed')
      .map((test) => ({ name: test.fullName, reason: (test.failureMessages ?? []).join('\n') }));
    return status === 'failed' && failed.length === 0 ? [{ name, reason: message ?? '' }] : failed;
  });
  return { passed: numPassedTests, failed: failures.length, skipped: numPendingTests + numTodoTests, failures };
}
