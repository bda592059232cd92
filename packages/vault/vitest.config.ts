import { universalProjects } from '@sotto/browsers/projects';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: universalProjects({
      name: 'vault',
      universal: ['test/*.test.ts'],
      node: ['test/node/*.test.ts'],
      bundled: ['@hpke/core', '@hpke/hybridkem-x-wing', 'canonicalize', 'fast-check', 'zod'],
      testTimeoutMs: 120_000,
    }),
  },
});
