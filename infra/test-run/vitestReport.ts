import * as z from 'zod';
import type { ReportedCase } from './reportedCase.ts';
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
        z.object({
          fullName: z.string(),
          ancestorTitles: z.array(z.string()).default([]),
          title: z.string().default(''),
          status: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
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
  const skipped = numPendingTests + numTodoTests;
  return { passed: numPassedTests, failed: failures.length, skipped, failures, late: [] };
}

/** Each test of vitest's JSON report that ran. @throws if the text isn't such a report, or a file didn't load */
export function readVitestCases(text: string): ReportedCase[] {
  return report.parse(JSON.parse(text)).testResults.flatMap(({ status, message, assertionResults }) => {
    if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) throw new Error(message);
    return assertionResults
      .filter((test) => test.status === 'passed' || test.status === 'failed')
      .map((test) => ({
        group: test.ancestorTitles.join(' '),
        title: test.title,
        tags: [],
        passed: test.status === 'passed',
        reason: (test.failureMessages ?? []).join('\n'),
      }));
  });
}
