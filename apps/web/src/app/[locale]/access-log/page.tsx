import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { AccessLogPage } from '../../../accessLog/AccessLogPage.tsx';
import { AllWords } from '../../../i18n/AllWords.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('log');
  return { title: t('pageTitle') };
}

export default function Page() {
  return (
    <AllWords>
      <AccessLogPage />
    </AllWords>
  );
}
