import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { AllWords } from '../../../i18n/AllWords.tsx';
import { PortalPage } from '../../../portal/PortalPage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('portal');
  return { title: t('pageTitle') };
}

export default function Page() {
  return (
    <AllWords>
      <PortalPage />
    </AllWords>
  );
}
