'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { LanguageSwitch } from './LanguageSwitch.tsx';
import { Logo } from './Logo.tsx';

interface PageShellProps {
  /** Whose page this is: the clinic where it is known. */
  owner?: string | undefined;
  /** At the right of the header. */
  aside?: ReactNode;
  /** Below the header: the ways to the other pages. */
  nav?: ReactNode;
  /** `narrow` for one question a screen; `wide` for the day's work. */
  width?: 'narrow' | 'wide';
  children: ReactNode;
}

/** Header, content and footer of every page except the call. */
export function PageShell({ owner, aside, nav, width = 'narrow', children }: PageShellProps) {
  const t = useTranslations('common');
  const columns = width === 'wide' ? 'max-w-6xl' : 'max-w-xl';
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded-md focus:bg-surface focus:p-3"
      >
        {t('skipToContent')}
      </a>
      <header className="border-b border-line bg-surface">
        <div className={`mx-auto flex min-h-16 w-full items-center justify-between gap-4 px-4 sm:px-6 ${columns}`}>
          <p className="flex min-w-0 items-center gap-2.5 text-lg font-semibold tracking-tight">
            <Logo className="size-7 shrink-0" />
            <span className="truncate">{owner ?? t('product')}</span>
          </p>
          {aside}
        </div>
        {nav ? <div className={`mx-auto w-full overflow-x-auto px-2 sm:px-3 ${columns}`}>{nav}</div> : null}
      </header>
      <main id="main" className={`mx-auto w-full flex-1 px-4 py-8 sm:px-6 sm:py-10 ${columns}`}>
        {children}
      </main>
      <footer className="border-t border-line">
        <div
          className={`mx-auto flex w-full flex-wrap items-center justify-between gap-x-4 px-4 py-2 sm:px-6 ${columns}`}
        >
          <p className="text-sm text-ink-soft">{t('footer')}</p>
          <LanguageSwitch />
        </div>
      </footer>
    </div>
  );
}
