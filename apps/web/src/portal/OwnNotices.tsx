'use client';

import { noticeConfirmation, noticeLocales, noticeRequest } from '@sotto/protocol/patientNotices';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useLocale, useTranslations } from 'next-intl';
import { useState } from 'react';
import { faultCode } from '../clinic/errors.ts';
import { AnswerForm } from '../components/AnswerForm.tsx';
import { Badge } from '../components/Badge.tsx';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { confirmNotices, endNotices, readOwnNotices, requestNotices } from '../mail/mailApi.ts';

const queryKey = ['portal', 'notices'];

/** Mail when somebody else opens something of the patient's: off until the patient wants it. */
export function OwnNotices() {
  const t = useTranslations('portal.mail');
  const query = useQuery({ queryKey, queryFn: ({ signal }) => readOwnNotices(signal), refetchOnWindowFocus: false });
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey });
  const ending = useMutation({ mutationFn: endNotices, onSuccess: refresh });
  const { data } = query;
  return (
    <section aria-labelledby="own-notices" className="flex flex-col gap-4">
      <div className="flex flex-col gap-1">
        <h2 id="own-notices" className="text-xl font-semibold tracking-tight">
          {t('title')}
        </h2>
        <p className="text-ink-soft">{t('text')}</p>
      </div>
      <div className="flex flex-col gap-4 rounded-lg border border-line bg-surface p-4 sm:p-5">
        {query.isPending ? <Skeleton className="h-24" /> : null}
        {query.isError ? <TroubleNotice error={query.error} onRetry={() => void query.refetch()} /> : null}
        {data?.isSent === false ? (
          <Notice tone="waiting" title={t('notSent.title')}>
            {t('notSent.text')}
          </Notice>
        ) : null}
        {data?.state === 'off' ? <AddressForm onSent={refresh} /> : null}
        {data?.state === 'waits' ? (
          <CodeForm hint={data.hint ?? ''} isSent={data.isSent} onConfirmed={refresh} />
        ) : null}
        {data?.state === 'on' ? (
          <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
            <p className="min-w-40 flex-1 font-semibold break-words">{t('to', { address: data.hint ?? '' })}</p>
            <Badge tone="accent">{t('on')}</Badge>
          </div>
        ) : null}
        {data !== undefined && data.state !== 'off' ? (
          <div>
            <Button look="secondary" isPending={ending.isPending} onPress={() => ending.mutate()} wide>
              {t(data.state === 'on' ? 'end' : 'another')}
            </Button>
          </div>
        ) : null}
        {ending.isError ? <TroubleNotice error={ending.error} /> : null}
        {data?.state === 'off' && ending.isSuccess ? <Notice live>{t('ended')}</Notice> : null}
      </div>
    </section>
  );
}

function AddressForm({ onSent }: { onSent: () => Promise<void> }) {
  const t = useTranslations('portal.mail');
  const spoken = useLocale();
  const locale = noticeLocales.find((one) => one === spoken) ?? 'en';
  const sending = useMutation({ mutationFn: requestNotices, onSuccess: onSent, gcTime: 0 });
  const send = async (typed: string): Promise<string | null> => {
    const request = noticeRequest.safeParse({ address: typed.trim(), locale });
    if (!request.success) return t('notAnAddress');
    // What went wrong shows below.
    await sending.mutateAsync(request.data).catch(() => undefined);
    return null;
  };
  return (
    <AnswerForm label={t('address')} description={t('addressHint')} maxLength={254} onAnswer={send}>
      {sending.isError ? <TroubleNotice error={sending.error} /> : null}
      <div>
        <Button type="submit" isPending={sending.isPending} wide>
          {t('send')}
        </Button>
      </div>
    </AnswerForm>
  );
}

interface CodeFormProps {
  hint: string;
  isSent: boolean;
  onConfirmed: () => Promise<void>;
}

function CodeForm({ hint, isSent, onConfirmed }: CodeFormProps) {
  const t = useTranslations('portal.mail');
  const [isGone, setGone] = useState(false);
  const confirming = useMutation({ mutationFn: confirmNotices, onSuccess: onConfirmed, gcTime: 0 });
  const check = async (typed: string): Promise<string | null> => {
    const code = noticeConfirmation.safeParse({ code: typed.replaceAll(/\s/gu, '') });
    if (!code.success) return t('notACode');
    try {
      await confirming.mutateAsync(code.data.code);
      return null;
    } catch (error) {
      if (faultCode(error) === 'forbidden') return t('anotherCode');
      setGone(faultCode(error) === 'wrongState');
      return null;
    }
  };
  const shows = confirming.isError && faultCode(confirming.error) !== 'forbidden' && !isGone;
  return (
    <AnswerForm
      before={<p>{t(isSent ? 'sent' : 'made', { address: hint })}</p>}
      label={t('code')}
      description={t(isSent ? 'codeHint' : 'madeHint')}
      maxLength={12}
      onAnswer={check}
    >
      {isGone ? (
        <Notice tone="waiting" live>
          {t('codeGone')}
        </Notice>
      ) : null}
      {shows ? <TroubleNotice error={confirming.error} /> : null}
      <div>
        <Button type="submit" isPending={confirming.isPending} wide>
          {t('confirm')}
        </Button>
      </div>
    </AnswerForm>
  );
}
