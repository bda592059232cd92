import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { AllWords } from '../../../i18n/AllWords.tsx';
import { IncidentsPage } from '../../../incidents/IncidentsPage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('incidents');
  return { title: t('pageTitle') };
}

export default function Page() {
  return (
    <AllWords>
      <IncidentsPage />
    </AllWords>
  );
}
