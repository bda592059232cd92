import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { AllWords } from '../../../i18n/AllWords.tsx';
import { RecordPage } from '../../../record/RecordPage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('record');
  return { title: t('pageTitle') };
}

export default function Page() {
  return (
    <AllWords>
      <RecordPage />
    </AllWords>
  );
}
