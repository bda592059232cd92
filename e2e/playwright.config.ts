import { join } from 'node:path';
import { defineConfig } from '@playwright/test';
// Made here, so that all workers of the run have the same.
import './marker.ts';

/** What needs no timely pictures: two systems at a time do no harm to each other. */
const desk = [
  ...['accessibility', 'birthDate', 'disabledAccount', 'elsewhere', 'idleLock', 'incidents', 'language', 'leftovers'],
  ...['letGo', 'links', 'patients', 'patientSignIn', 'people', 'playback', 'record', 'returning', 'staffSignIn'],
  ...['tls', 'unsupported', 'written'],
].map((name) => `${name}.spec.ts`);

/** One system and two browsers at a time, unless told otherwise: a call needs the machine for itself. */
export default defineConfig({
  testDir: '.',
  projects: [
    { name: 'desk', testMatch: desk },
    { name: 'calls', testMatch: '**/*.spec.ts', testIgnore: desk },
  ],
  outputDir: 'test-results',
  fullyParallel: false,
  workers: 1,
  // Named in the run's last lines, and few: `readPlaywrightReport`.
  retries: 1,
  forbidOnly: true,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  ...(process.env['SOTTO_LONG'] === '1' ? { grep: /@long/u } : { grepInvert: /@long/u }),
  reporter: [
    ['list'],
    ['json', { outputFile: process.env['SOTTO_REPORT'] ?? join(import.meta.dirname, 'test-results', 'report.json') }],
  ],
});
