'use client';

import { Link as LinkIcon, Stethoscope } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useClinicName } from '../clinic/clinicQueries.ts';
import { buttonLook } from '../components/buttonLook.ts';
import { PageShell } from '../components/PageShell.tsx';
import { Link } from '../i18n/navigation.ts';

/** Where the bare address leads: staff sign in, patients are told to use their link. */
export function LandingPage() {
  const t = useTranslations('landing');
  const clinic = useClinicName();
  return (
    <PageShell owner={clinic}>
      <div className="flex flex-col gap-8">
        <div className="flex flex-col gap-3">
          <h1 className="text-3xl font-semibold tracking-tight sm:text-4xl">{t('title')}</h1>
          <p className="text-lg text-ink-soft">{t('text')}</p>
        </div>
        <section className="flex flex-col gap-3 rounded-lg border border-line bg-surface p-5 sm:p-6">
          <h2 className="flex items-center gap-2.5 text-lg font-semibold">
            <LinkIcon aria-hidden className="size-5 text-accent" />
            {t('patientTitle')}
          </h2>
          <p className="text-ink-soft">{t('patientText')}</p>
        </section>
        <section className="flex flex-col gap-4 rounded-lg border border-line bg-surface p-5 sm:p-6">
          <h2 className="flex items-center gap-2.5 text-lg font-semibold">
            <Stethoscope aria-hidden className="size-5 text-accent" />
            {t('staffTitle')}
          </h2>
          <p className="text-ink-soft">{t('staffText')}</p>
          <Link href="/sign-in" className={`${buttonLook('secondary')} self-start`}>
            {t('signIn')}
          </Link>
        </section>
      </div>
    </PageShell>
  );
}
