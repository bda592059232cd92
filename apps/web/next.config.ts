import type { NextConfig } from 'next';
import createNextIntlPlugin from 'next-intl/plugin';
import { buildId } from './scripts/buildId.ts';

const withNextIntl = createNextIntlPlugin({
  requestConfig: './src/i18n/request.ts',
  experimental: { messages: { path: './messages', format: 'json', precompile: true, locales: 'infer' } },
});

const config: NextConfig = {
  output: 'export',
  trailingSlash: true,
  // A call is joined once in its life: effects must not run twice, in development neither.
  reactStrictMode: false,
  poweredByHeader: false,
  // The same sources give the same bytes, so that anybody can compare what is served with what is published.
  generateBuildId: () => buildId(),
  // Types are checked by `npm run types`, with the tests and scripts.
  typescript: { ignoreBuildErrors: true },
  turbopack: { resolveAlias: { crypto: './scripts/noNodeCrypto.ts' } },
  experimental: { globalNotFound: true },
};

export default withNextIntl(config);
