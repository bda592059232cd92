/** The first versions in which a visit can be kept private, as told to people. Kept in step with packages/e2ee. */
export const supportedBrowsers = [
  { name: 'Chrome', version: 137 },
  { name: 'Edge', version: 137 },
  { name: 'Firefox', version: 130 },
  { name: 'Safari', version: 17 },
] as const;
