import { defineConfig } from 'vitest/config';

export default defineConfig({
  // It imports next/navigation without an extension, which only a bundler finds.
  test: { server: { deps: { inline: ['next-intl'] } } },
});
