import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { TodayPage } from '../../../today/TodayPage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('today');
  return { title: t('pageTitle') };
}

export default function Page() {
  return <TodayPage />;
}
