import { hasLocale } from 'next-intl';
import { getRequestConfig } from 'next-intl/server';
import { routing } from './routing.ts';

/** Runs at build time only: picks the messages of the page's language. */
export default getRequestConfig(async ({ requestLocale }) => {
  const requested = await requestLocale;
  const locale = hasLocale(routing.locales, requested) ? requested : routing.defaultLocale;
  const messages = (await import(`../../messages/${locale}.json`)) as { default: Record<string, string> };
  // Dates are formatted by useTimes in the reader's own zone; this one only keeps the build's zone out of the pages.
  return { locale, messages: messages.default, timeZone: 'UTC' };
});
