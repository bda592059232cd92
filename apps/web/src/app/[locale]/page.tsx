import { setRequestLocale } from 'next-intl/server';
import type { Locale } from '../../i18n/locales.ts';
import { LandingPage } from '../../staff/LandingPage.tsx';

export default async function Page({ params }: { params: Promise<{ locale: string }> }) {
  const { locale } = await params;
  setRequestLocale(locale as Locale);
  return <LandingPage />;
}
