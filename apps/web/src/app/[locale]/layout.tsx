import '@fontsource-variable/inter/wght.css';
import '../../design/base.css';
import type { Metadata, Viewport } from 'next';
import { NextIntlClientProvider } from 'next-intl';
import { getLocale, getMessages, getTranslations } from 'next-intl/server';
import type { ReactNode } from 'react';
import { ClinicProvider } from '../../clinic/ClinicProvider.tsx';
import { ControlLanguage } from '../../i18n/ControlLanguage.tsx';
import { locales } from '../../i18n/locales.ts';
import { wordsOfEveryPage } from '../../i18n/pageWords.ts';

/** No other language has pages: any other first segment isn't found. */
export const dynamicParams = false;
export const generateStaticParams = () => locales.map((locale) => ({ locale }));

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('common');
  return {
    title: { default: t('product'), template: `%s · ${t('product')}` },
    description: t('description'),
    referrer: 'no-referrer',
    robots: { index: false, follow: false },
    formatDetection: { telephone: false, email: false, address: false },
  };
}

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  viewportFit: 'cover',
  // A keyboard on the screen makes the page smaller instead of covering what is being written.
  interactiveWidget: 'resizes-content',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#ffffff' },
    { media: '(prefers-color-scheme: dark)', color: '#201d1a' },
  ],
};

export default async function LocaleLayout({ children }: { children: ReactNode }) {
  const locale = await getLocale();
  return (
    <html lang={locale}>
      <body>
        <NextIntlClientProvider messages={wordsOfEveryPage(await getMessages())}>
          <ControlLanguage locale={locale}>
            <ClinicProvider>{children}</ClinicProvider>
          </ControlLanguage>
        </NextIntlClientProvider>
      </body>
    </html>
  );
}
