import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { JoinPage } from '../../../join/JoinPage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('join');
  return { title: t('pageTitle') };
}

export default function Page() {
  return <JoinPage />;
}
