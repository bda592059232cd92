'use client';

import type { OwnSessions } from '@sotto/protocol/signIn';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { MonitorSmartphone } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Badge } from '../components/Badge.tsx';
import { Button } from '../components/Button.tsx';
import { ConfirmDialog } from '../components/ConfirmDialog.tsx';
import { Notice } from '../components/Notice.tsx';
import { PageTitle } from '../components/PageTitle.tsx';
import { RowList } from '../components/RowList.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import { StaffPage } from '../staff/StaffPage.tsx';
import { OwnPassword } from './OwnPassword.tsx';
import { ProviderLink } from './ProviderLink.tsx';
import { SecondStep } from './SecondStep.tsx';
import { endOtherSessions, endSession, ownSessionsQuery } from './sessionsApi.ts';
import { useDeviceName } from './useDeviceName.ts';

type OwnSession = OwnSessions['sessions'][number];

/** Where somebody is signed in, and the way out of each. */
export function SessionsPage() {
  return <StaffPage>{() => <Sessions />}</StaffPage>;
}

function Sessions() {
  const t = useTranslations('sessions');
  const common = useTranslations('common');
  const query = useQuery(ownSessionsQuery);
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const refresh = () => queries.invalidateQueries({ queryKey: ownSessionsQuery.queryKey });
  const ending = useMutation({ mutationFn: endSession, onSettled: refresh });
  const endingOthers = useMutation({
    mutationFn: endOtherSessions,
    onSettled: async () => {
      setAsking(false);
      await refresh();
    },
  });
  const sessions = query.data?.sessions ?? [];
  const hasOthers = sessions.some(({ isThis }) => !isThis);
  return (
    <div className="flex max-w-3xl flex-col gap-6">
      <PageTitle text={t('text')}>{t('title')}</PageTitle>
      {query.isError || ending.isError || endingOthers.isError ? (
        <Notice
          tone="danger"
          title={common('unreachable.title')}
          live
          actions={
            <Button look="secondary" onPress={() => void query.refetch()}>
              {common('tryAgain')}
            </Button>
          }
        >
          {common('unreachable.text')}
        </Notice>
      ) : null}
      {query.isPending ? <Skeleton className="h-40" /> : null}
      {query.data ? (
        <RowList rows={sessions} empty={{ icon: MonitorSmartphone, title: t('empty.title'), text: t('empty.text') }}>
          {(session) => (
            <SessionRow
              key={session.id}
              session={session}
              isEnding={ending.isPending && ending.variables === session.id}
              onEnd={() => ending.mutate(session.id)}
            />
          )}
        </RowList>
      ) : null}
      {hasOthers ? (
        <div>
          <Button look="dangerQuiet" onPress={() => setAsking(true)}>
            {t('endOthers')}
          </Button>
        </div>
      ) : null}
      <OwnPassword />
      <SecondStep />
      <ProviderLink />
      <ConfirmDialog
        title={t('confirm.title')}
        text={t('confirm.text')}
        action={t('endOthers')}
        isOpen={isAsking}
        isPending={endingOthers.isPending}
        onClose={() => setAsking(false)}
        onConfirm={() => endingOthers.mutate()}
      />
    </div>
  );
}

interface SessionRowProps {
  session: OwnSession;
  isEnding: boolean;
  onEnd: () => void;
}

function SessionRow({ session, isEnding, onEnd }: SessionRowProps) {
  const t = useTranslations('sessions');
  const times = useTimes();
  const nameOf = useDeviceName();
  const device = nameOf(session.device);
  const by = session.method !== 'passkey' && session.hasPasskey ? 'both' : session.method;
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 p-4">
      <div className="flex min-w-0 flex-col gap-1">
        <p className="flex flex-wrap items-center gap-2 font-semibold">
          {device}
          {session.isThis ? <Badge tone="accent">{t('this')}</Badge> : null}
        </p>
        <p className="text-sm text-ink-soft">
          {t('since', { when: times.stamp(new Date(session.beganAt)), address: session.address ?? t('noAddress') })}
        </p>
        <p className="text-sm text-ink-soft">{t(`by.${by}`)}</p>
        {session.said === null ? null : (
          <p className="text-sm break-words text-ink-soft">{t('said', { said: session.said })}</p>
        )}
      </div>
      {session.isThis ? null : (
        <Button look="secondary" size="small" isPending={isEnding} onPress={onEnd} aria-label={t('endOne', { device })}>
          {t('end')}
        </Button>
      )}
    </li>
  );
}
