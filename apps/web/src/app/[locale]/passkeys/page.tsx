import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { PasskeysPage } from '../../../passkeys/PasskeysPage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('passkeys');
  return { title: t('pageTitle') };
}

export default function Page() {
  return <PasskeysPage />;
}
