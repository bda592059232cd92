import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'keystore',
    globalSetup: './test/addon.ts',
    include: ['test/**/*.test.ts'],
    // As the service runs: by Node itself. Vite's own runner lacks `import.meta.resolve`, which finds PostgreSQL.
    experimental: { viteModuleRunner: false },
    testTimeout: 30_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
