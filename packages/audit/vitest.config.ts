import { universalProjects } from '@sotto/browsers/projects';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: universalProjects({
      name: 'audit',
      universal: ['test/*.test.ts'],
      node: ['test/node/*.test.ts'],
      bundled: ['@noble/hashes/sha2.js', 'canonicalize', 'fast-check'],
      testTimeoutMs: 120_000,
    }),
  },
});
