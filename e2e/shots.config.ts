import { defineConfig } from '@playwright/test';
export default defineConfig({
  testDir: '/work/wt6/e2e',
  testMatch: ['playback.spec.ts', 'playbackShots.spec.ts'],
  outputDir: '/work/tmp/play/results',
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: 'list',
});
