'use client';

import { noticeEnding } from '@sotto/protocol/patientNotices';
import { useMutation } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useClinicName } from '../clinic/clinicQueries.ts';
import { faultCode } from '../clinic/errors.ts';
import { Button } from '../components/Button.tsx';
import { FocusHeading } from '../components/FocusHeading.tsx';
import { Notice } from '../components/Notice.tsx';
import { PageShell } from '../components/PageShell.tsx';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { endByMail } from './mailApi.ts';

/** Where a mail's link leads: one press ends the notices. Not by itself: programs open links before people do. */
export function StopMailPage() {
  const t = useTranslations('mail.stopMail');
  const clinic = useClinicName();
  const ending = useMutation({
    mutationFn: async () => {
      const { data } = noticeEnding.safeParse({ secret: window.location.hash.slice(1) });
      if (data === undefined) return 'none' as const;
      try {
        await endByMail(data.secret);
        return 'ended' as const;
      } catch (error) {
        if (faultCode(error) === 'notFound') return 'none' as const;
        throw error;
      }
    },
  });
  return (
    <PageShell owner={clinic}>
      <div className="flex flex-col items-start gap-6">
        <div className="flex flex-col gap-2">
          <FocusHeading takeFocus={false}>{t('title')}</FocusHeading>
          <p className="text-lg text-ink-soft">{t('text')}</p>
        </div>
        {ending.data === undefined ? (
          <Button isPending={ending.isPending} onPress={() => ending.mutate()} wide>
            {t('action')}
          </Button>
        ) : (
          <Notice tone={ending.data === 'ended' ? 'verified' : 'waiting'} title={t(`${ending.data}.title`)} live>
            {t(`${ending.data}.text`)}
          </Notice>
        )}
        {ending.isError ? <TroubleNotice error={ending.error} /> : null}
      </div>
    </PageShell>
  );
}
