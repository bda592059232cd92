import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';

/** Of Node, which the rest of this package knows nothing of. */
declare const process: { env: Record<string, string | undefined> };

/** Where Debian and its kind put it; the test command names another place where it has to. */
const chromium = process.env['SOTTO_CHROMIUM'] ?? '/usr/bin/chromium';

export default defineConfig({
  // Its worker is what ships: nothing of it may be loaded anew half way through a test.
  optimizeDeps: {
    include: [
      '@sotto/protocol > jose',
      'fast-check',
      'ts-mls',
      'ts-mls/keyPackage.js',
      'ts-mls/mlsError.js',
      'ts-mls/privateMessage.js',
      'zod',
    ],
  },
  test: {
    name: 'e2ee',
    include: ['test/**/*.test.ts'],
    testTimeout: 40_000,
    // Media wants the processor to itself: side by side the files would only be late.
    fileParallelism: false,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: {
          executablePath: chromium,
          args: [
            '--no-sandbox',
            '--disable-gpu',
            '--disable-background-networking',
            '--autoplay-policy=no-user-gesture-required',
          ],
        },
      }),
      instances: [{ browser: 'chromium' }],
    },
  },
});
