import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { AllWords } from '../../../i18n/AllWords.tsx';
import { OutboxPage } from '../../../mail/OutboxPage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('mail.outbox');
  return { title: t('pageTitle') };
}

export default function Page() {
  return (
    <AllWords>
      <OutboxPage />
    </AllWords>
  );
}
