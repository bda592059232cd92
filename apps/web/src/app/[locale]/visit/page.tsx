import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { AllWords } from '../../../i18n/AllWords.tsx';
import { VisitPage } from '../../../visit/VisitPage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('visit');
  return { title: t('pageTitle') };
}

export default function Page() {
  return (
    <AllWords>
      <VisitPage />
    </AllWords>
  );
}
