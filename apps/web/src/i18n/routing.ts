import { defineRouting } from 'next-intl/routing';
import { defaultLocale, locales } from './locales.ts';

/** Every page lives under its language; there is no middleware, so the address always says which. */
export const routing = defineRouting({ locales, defaultLocale, localePrefix: 'always', localeDetection: false });
