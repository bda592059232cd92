import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { SignInPage } from '../../../staff/SignInPage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('signIn');
  return { title: t('pageTitle') };
}

export default function Page() {
  return <SignInPage />;
}
