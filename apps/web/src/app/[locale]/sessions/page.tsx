import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { AllWords } from '../../../i18n/AllWords.tsx';
import { SessionsPage } from '../../../sessions/SessionsPage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('sessions');
  return { title: t('pageTitle') };
}

export default function Page() {
  return (
    <AllWords>
      <SessionsPage />
    </AllWords>
  );
}
