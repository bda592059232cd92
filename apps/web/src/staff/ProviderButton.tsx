'use client';

import { useMutation, useQuery } from '@tanstack/react-query';
import { LogIn } from 'lucide-react';
import { useLocale, useTranslations } from 'next-intl';
import { configQuery } from '../clinic/clinicQueries.ts';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import type { Departure } from './providerApi.ts';
import { providerProblem } from './providerProblem.ts';

interface ProviderButtonProps {
  /** Sends the browser to the provider. */
  onLeave: (from: Departure) => Promise<void>;
}

/** The clinic's provider by its name; nothing in a clinic without one. */
export function ProviderButton({ onLeave }: ProviderButtonProps) {
  const t = useTranslations('signIn.provider');
  const locale = useLocale();
  const provider = useQuery(configQuery).data?.provider ?? null;
  const leaving = useMutation({ mutationFn: () => onLeave({ locale, hash: window.location.hash }) });
  if (provider === null) return null;
  const problem = leaving.isError ? providerProblem(leaving.error) : null;
  return (
    <div className="flex flex-col gap-3">
      {problem === null ? null : (
        <Notice tone="danger" title={t(`${problem}.title`)} live>
          {t(`${problem}.text`)}
        </Notice>
      )}
      <Button look="secondary" size="large" isPending={leaving.isPending} onPress={() => leaving.mutate()} wide>
        <LogIn aria-hidden className="size-5 shrink-0" />
        <span className="min-w-0 break-words">{t('action', { label: provider.label })}</span>
      </Button>
    </div>
  );
}
