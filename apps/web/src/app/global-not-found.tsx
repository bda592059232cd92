import '@fontsource-variable/inter/wght.css';
import '../design/base.css';
import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { buttonLook } from '../components/buttonLook.ts';
import { Logo } from '../components/Logo.tsx';
import { locales } from '../i18n/locales.ts';

export const metadata: Metadata = { title: 'Sotto', robots: { index: false, follow: false } };

/** For an address that leads nowhere: it names no language, so the page speaks all of them. */
export default async function NotFound() {
  const translations = await Promise.all(
    locales.map(async (locale) => ({ locale, t: await getTranslations({ locale, namespace: 'notFound' }) })),
  );
  return (
    <html lang="en">
      <body>
        <main className="mx-auto flex min-h-dvh max-w-xl flex-col justify-center gap-10 px-4 py-12">
          <Logo className="size-9" />
          {translations.map(({ locale, t }) => (
            <section key={locale} lang={locale} className="flex flex-col items-start gap-3">
              <h1 className="text-2xl font-semibold tracking-tight">{t('title')}</h1>
              <p className="text-ink-soft">{t('text')}</p>
              <a href={`/${locale}/`} className={buttonLook('secondary')}>
                {t('home')}
              </a>
            </section>
          ))}
        </main>
      </body>
    </html>
  );
}
