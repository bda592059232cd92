import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { AllWords } from '../../../i18n/AllWords.tsx';
import { AccountPage } from '../../../people/AccountPage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('account');
  return { title: t('pageTitle') };
}

export default function Page() {
  return (
    <AllWords>
      <AccountPage />
    </AllWords>
  );
}
