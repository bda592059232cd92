import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { RecordPage } from '../../../record/RecordPage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('record');
  return { title: t('pageTitle') };
}

export default function Page() {
  return <RecordPage />;
}
