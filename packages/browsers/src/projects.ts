import { playwright } from '@vitest/browser-playwright';
import type { TestProjectInlineConfiguration } from 'vitest/config';
import { firefox } from './firefox.ts';
import { isLong } from './runs.ts';

/** Where Debian and its kind put them; the test command names other places where it has to. */
const chromiumPath = process.env['SOTTO_CHROMIUM'] ?? '/usr/bin/chromium';
const firefoxPath = process.env['SOTTO_FIREFOX'] ?? '/usr/bin/firefox-esr';

/** Of one test in Node, among the tests that take long. */
const longTimeoutMs = 30 * 60_000;

/** Options of a suite that every runtime passes. */
export interface UniversalSuite {
  /** Names the projects: `<name> node`, `<name> chromium`, `<name> firefox`. */
  readonly name: string;
  /** Globs of test files that use nothing a browser or Node lacks. */
  readonly universal: readonly string[];
  /** Globs of those that need Node. */
  readonly node: readonly string[];
  /** Dependencies that must be bundled before the browsers start: loading one anew reloads the page mid-test. */
  readonly bundled: readonly string[];
  readonly testTimeoutMs: number;
}

/** vitest projects that run one suite in Node, in Chromium and in Firefox. */
export const universalProjects = (suite: UniversalSuite): TestProjectInlineConfiguration[] => {
  const { name, testTimeoutMs: testTimeout } = suite;
  const browser = { enabled: true, headless: true, screenshotFailures: false } as const;
  const include = [...suite.universal];
  const optimizeDeps = { include: [...suite.bundled] };
  return [
    {
      test: {
        name: `${name} node`,
        include: [...include, ...suite.node],
        testTimeout: isLong ? longTimeoutMs : testTimeout,
      },
    },
    {
      optimizeDeps,
      test: {
        name: `${name} chromium`,
        include,
        testTimeout,
        browser: {
          ...browser,
          provider: playwright({
            launchOptions: {
              executablePath: chromiumPath,
              args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
            },
          }),
          instances: [{ browser: 'chromium' }],
        },
      },
    },
    {
      optimizeDeps,
      test: {
        name: `${name} firefox`,
        include,
        testTimeout,
        browser: { ...browser, provider: firefox(firefoxPath), instances: [{ browser: 'firefox' }] },
      },
    },
  ];
};
