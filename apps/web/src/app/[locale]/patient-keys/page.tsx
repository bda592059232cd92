import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { AllWords } from '../../../i18n/AllWords.tsx';
import { KeptPage } from '../../../kept/KeptPage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('kept');
  return { title: t('pageTitle') };
}

export default function Page() {
  return (
    <AllWords>
      <KeptPage />
    </AllWords>
  );
}
