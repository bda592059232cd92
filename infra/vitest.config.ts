import { defineConfig } from 'vitest/config';

// These tests start real processes on machines that may be busy with the rest of the tests.
export default defineConfig({ test: { name: 'infra', testTimeout: 60_000, hookTimeout: 120_000 } });
