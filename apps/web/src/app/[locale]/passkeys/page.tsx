import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { AllWords } from '../../../i18n/AllWords.tsx';
import { PasskeysPage } from '../../../passkeys/PasskeysPage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('passkeys');
  return { title: t('pageTitle') };
}

export default function Page() {
  return (
    <AllWords>
      <PasskeysPage />
    </AllWords>
  );
}
