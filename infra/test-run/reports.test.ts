import { describe, expect, it } from 'vitest';
import { readPlaywrightCases, readPlaywrightReport } from './playwrightReport.ts';
import { readVitestCases, readVitestReport } from './vitestReport.ts';

const vitest = (status: string, tests: object[], message = ''): string =>
  JSON.stringify({
    numPassedTests: tests.filter((test) => 'status' in test && test.status === 'passed').length,
    numFailedTests: 0,
    numPendingTests: 1,
    numTodoTests: 1,
    testResults: [{ name: 'a.test.ts', status, message, assertionResults: tests }],
  });

describe("vitest's report", () => {
  it('is counted test by test', () => {
    const tally = readVitestReport(
      vitest('failed', [
        { fullName: 'a works', status: 'passed', failureMessages: [] },
        { fullName: 'a fails', status: 'failed', failureMessages: ['expected 1'] },
      ]),
    );
    expect(tally).toEqual({
      passed: 1,
      failed: 1,
      skipped: 2,
      failures: [{ name: 'a fails', reason: 'expected 1' }],
      late: [],
    });
  });

  it('counts a file that did not load', () => {
    const tally = readVitestReport(vitest('failed', [], 'SyntaxError'));
    expect(tally).toMatchObject({ passed: 0, failed: 1, failures: [{ name: 'a.test.ts', reason: 'SyntaxError' }] });
  });

  it('is read case by case, without those that did not run', () => {
    const test = (title: string, status: string, failureMessages: string[] = []): object => ({
      ...{ fullName: title, ancestorTitles: ['a patient', 'outside'], title, status, failureMessages },
    });
    const text = vitest('failed', [test('works', 'passed'), test('fails', 'failed', ['no']), test('waits', 'pending')]);
    const common = { group: 'a patient outside', tags: [] };
    expect(readVitestCases(text)).toEqual([
      { ...common, title: 'works', passed: true, reason: '' },
      { ...common, title: 'fails', passed: false, reason: 'no' },
    ]);
    expect(() => readVitestCases(vitest('failed', [], 'SyntaxError'))).toThrow('SyntaxError');
  });

  it('is refused in another shape', () => {
    expect(() => readVitestReport('{}')).toThrow();
    expect(() => readVitestReport('')).toThrow();
  });
});

describe("Playwright's report", () => {
  const spec = (title: string, status: string, message?: string): object => ({
    title,
    file: 'a.spec.ts',
    tests: [
      {
        status,
        results:
          message === undefined ? [{ errors: [] }] : [{ errors: [{ message }], stdout: [{ text: 'on a page\n' }] }],
      },
    ],
  });

  it('is counted through all suites', () => {
    const report = {
      errors: [],
      suites: [
        {
          specs: [spec('one', 'expected')],
          suites: [
            { specs: [spec('two', 'flaky', 'late'), spec('three', 'unexpected', 'no'), spec('four', 'skipped')] },
          ],
        },
      ],
    };
    expect(readPlaywrightReport(JSON.stringify(report))).toEqual({
      passed: 2,
      failed: 1,
      skipped: 1,
      failures: [{ name: 'a.spec.ts: three', reason: 'no\non a page' }],
      late: [{ name: 'a.spec.ts: two', reason: 'late\non a page' }],
    });
  });

  it('forgives two that passed at their second try, and no third', () => {
    const late = (count: number): string => {
      const specs = Array.from({ length: count }, (_, index) => spec(String(index), 'flaky', 'late'));
      return JSON.stringify({ errors: [], suites: [{ specs }] });
    };
    expect(readPlaywrightReport(late(2))).toMatchObject({ passed: 2, failed: 0, failures: [] });
    expect(readPlaywrightReport(late(3))).toMatchObject({ passed: 0, failed: 3, late: [] });
  });

  it('is read case by case, with what each stands in and its tags', () => {
    const inner = { title: 'a network', specs: [{ ...spec('one', 'expected'), tags: ['installed'] }] };
    const suites = [
      { title: 'a.spec.ts', specs: [spec('two', 'flaky', 'late'), spec('three', 'skipped')], suites: [inner] },
    ];
    expect(readPlaywrightCases(JSON.stringify({ errors: [], suites }))).toEqual([
      { group: '', title: 'two', tags: [], passed: false, reason: 'late\non a page' },
      { group: 'a network', title: 'one', tags: ['installed'], passed: true, reason: '' },
    ]);
    const broken = JSON.stringify({ suites, errors: [{ message: 'no config' }] });
    expect(() => readPlaywrightCases(broken)).toThrow('no config');
  });

  it('counts an error outside of a test', () => {
    const tally = readPlaywrightReport(JSON.stringify({ suites: [], errors: [{ message: 'no config' }] }));
    expect(tally).toMatchObject({ passed: 0, failed: 1 });
  });
});
