import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { AllWords } from '../../../i18n/AllWords.tsx';
import { PeoplePage } from '../../../people/PeoplePage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('staffPeople');
  return { title: t('pageTitle') };
}

export default function Page() {
  return (
    <AllWords>
      <PeoplePage />
    </AllWords>
  );
}
