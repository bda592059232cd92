import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { VisitPage } from '../../../visit/VisitPage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('visit');
  return { title: t('pageTitle') };
}

export default function Page() {
  return <VisitPage />;
}
