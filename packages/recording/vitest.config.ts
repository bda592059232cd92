import { universalProjects } from '@sotto/browsers/projects';
import { defineConfig } from 'vitest/config';

/** Node has no private files of an origin. */
const [, ...browsers] = universalProjects({
  name: 'recording',
  universal: ['test/browser/*.test.ts'],
  node: [],
  bundled: [],
  testTimeoutMs: 60_000,
});

export default defineConfig({
  test: {
    projects: [{ test: { name: 'recording node', include: ['test/*.test.ts'], testTimeout: 60_000 } }, ...browsers],
  },
});
