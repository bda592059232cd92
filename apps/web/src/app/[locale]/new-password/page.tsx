import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { AllWords } from '../../../i18n/AllWords.tsx';
import { NewPasswordPage } from '../../../people/NewPasswordPage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('newPassword');
  return { title: t('pageTitle') };
}

export default function Page() {
  return (
    <AllWords>
      <NewPasswordPage />
    </AllWords>
  );
}
