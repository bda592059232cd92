'use client';

import { useLocale, useTranslations } from 'next-intl';
import { localeNames, locales } from '../i18n/locales.ts';
import { usePathname } from '../i18n/navigation.ts';

/** The page in its other languages. Loads anew, fragment included: what is typed in goes, a session stays. */
export function LanguageSwitch() {
  const t = useTranslations('common');
  const current = useLocale();
  const path = usePathname();
  return (
    <nav aria-label={t('language')}>
      <ul className="flex">
        {locales.map((locale) => (
          <li key={locale}>
            <a
              href={`/${locale}${path === '/' ? '/' : path}`}
              hrefLang={locale}
              lang={locale}
              aria-current={locale === current ? 'true' : undefined}
              onClick={(event) => {
                event.currentTarget.hash = window.location.hash;
              }}
              className="inline-flex min-h-11 items-center rounded-md px-2.5 text-sm text-ink-soft underline-offset-4 hover:underline aria-[current]:font-semibold aria-[current]:text-ink"
            >
              {localeNames[locale]}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
