import { locale as localeOfAddress } from 'next/root-params';
import { hasLocale } from 'next-intl';
import { getRequestConfig } from 'next-intl/server';
import { routing } from './routing.ts';

/** Runs at build time only: picks the messages of the page's language, or of the one that is asked for. */
export default getRequestConfig(async ({ locale: asked }) => {
  const wanted = asked ?? (await localeOfAddress());
  const locale = hasLocale(routing.locales, wanted) ? wanted : routing.defaultLocale;
  const messages = (await import(`../../messages/${locale}.json`)) as { default: Record<string, string> };
  // Dates are formatted by useTimes in the reader's own zone; this one only keeps the build's zone out of the pages.
  return { locale, messages: messages.default, timeZone: 'UTC' };
});
