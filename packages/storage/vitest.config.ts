import { defineConfig } from 'vitest/config';

// One gateway and one store of its own a file; hooks may have to install Ceph first.
export default defineConfig({
  test: { name: 'storage', include: ['test/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 600_000 },
});
