import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { SessionsPage } from '../../../sessions/SessionsPage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('sessions');
  return { title: t('pageTitle') };
}

export default function Page() {
  return <SessionsPage />;
}
