import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { AllWords } from '../../../i18n/AllWords.tsx';
import { StopMailPage } from '../../../mail/StopMailPage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('mail.stopMail');
  return { title: t('pageTitle') };
}

export default function Page() {
  return (
    <AllWords>
      <StopMailPage />
    </AllWords>
  );
}
