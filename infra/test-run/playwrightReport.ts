import * as z from 'zod';
import type { ReportedCase } from './reportedCase.ts';
import type { Failure, Tally } from './tally.ts';

const error = z.object({ message: z.string().optional(), value: z.string().optional() });

const output = z.object({ text: z.string().default('') });

const spec = z.object({
  title: z.string(),
  file: z.string(),
  tags: z.array(z.string()).default([]),
  tests: z.array(
    z.object({
      status: z.enum(['expected', 'unexpected', 'flaky', 'skipped']),
      results: z.array(z.object({ errors: z.array(error).default([]), stdout: z.array(output).default([]) })),
    }),
  ),
});

interface Suite {
  title: string;
  specs: z.infer<typeof spec>[];
  suites?: Suite[] | undefined;
}

const suite: z.ZodType<Suite> = z.object({
  title: z.string().default(''),
  specs: z.array(spec),
  get suites() {
    return z.array(suite).optional();
  },
});

/** The part of Playwright's JSON report that is counted. */
const report = z.object({ suites: z.array(suite), errors: z.array(error) });

const specsOf = (one: Suite): Suite['specs'] => [...one.specs, ...(one.suites ?? []).flatMap(specsOf)];
const words = (one: z.infer<typeof error>): string => one.message ?? one.value ?? '';

/** Why each try failed, and what was said in it. */
const reasonOf = (results: Suite['specs'][number]['tests'][number]['results']): string =>
  results
    .filter(({ errors }) => errors.length > 0)
    .flatMap(({ errors, stdout }) => [...errors.map(words), ...stdout.map(({ text }) => text.trimEnd())])
    .join('\n');

/** A busy machine may spoil one browser's moment or two; what is late more often is a defect. */
const lateAllowed = 2;

/**
 * Reads Playwright's JSON report. Two tests that passed at their second try only are counted and named; with a third, all
 * of them have failed. An error outside of a test counts as one failure.
 *
 * @throws if the text isn't such a report
 */
export function readPlaywrightReport(text: string): Tally {
  const { suites, errors } = report.parse(JSON.parse(text));
  const tests = suites
    .flatMap(specsOf)
    .flatMap(({ title, file, tests }) => tests.map((test) => ({ ...test, name: `${file}: ${title}` })));
  const unhappy = (wanted: string): Failure[] =>
    tests.filter(({ status }) => status === wanted).map(({ name, results }) => ({ name, reason: reasonOf(results) }));
  const late = unhappy('flaky');
  const forgiven = late.length <= lateAllowed ? late : [];
  const failures: Failure[] = [
    ...errors.map((one) => ({ name: 'Playwright', reason: words(one) })),
    ...(forgiven === late ? [] : late),
    ...unhappy('unexpected'),
  ];
  return {
    passed: tests.filter(({ status }) => status === 'expected').length + forgiven.length,
    failed: failures.length,
    skipped: tests.filter(({ status }) => status === 'skipped').length,
    failures,
    late: forgiven,
  };
}

/** Each test of Playwright's JSON report. @throws if the text isn't such a report, or something failed outside of a test */
export function readPlaywrightCases(text: string): ReportedCase[] {
  const { suites, errors } = report.parse(JSON.parse(text));
  const [fault] = errors;
  if (fault !== undefined) throw new Error(words(fault));
  const casesOf = (one: Suite, group: readonly string[]): ReportedCase[] => [
    ...one.specs.flatMap(({ title, tags, tests }) =>
      tests
        .filter(({ status }) => status !== 'skipped')
        .map(({ status, results }) => ({
          group: group.join(' '),
          title,
          tags,
          passed: status === 'expected',
          reason: reasonOf(results),
        })),
    ),
    ...(one.suites ?? []).flatMap((inner) => casesOf(inner, [...group, inner.title])),
  ];
  // The outermost suite is the file.
  return suites.flatMap((file) => casesOf(file, []));
}
