'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { Badge } from '../components/Badge.tsx';
import { Button } from '../components/Button.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { useDeviceName } from '../sessions/useDeviceName.ts';
import { endPatientSession, listPatientSessions } from './patientSessionApi.ts';

const queryKey = ['portal', 'sessions'];

/** Where the patient is signed in by a key of theirs; nothing where they are nowhere. */
export function OwnSessions() {
  const t = useTranslations('portal.sessions');
  const times = useTimes();
  const nameOf = useDeviceName();
  const queries = useQueryClient();
  const query = useQuery({ queryKey, queryFn: ({ signal }) => listPatientSessions(signal) });
  const ending = useMutation({
    mutationFn: endPatientSession,
    onSettled: () => queries.invalidateQueries({ queryKey }),
  });
  const sessions = query.data?.sessions ?? [];
  if (sessions.length === 0 && !query.isError) return null;
  return (
    <section aria-labelledby="own-sessions" className="flex flex-col gap-4">
      <div className="flex flex-col gap-1">
        <h2 id="own-sessions" className="text-xl font-semibold tracking-tight">
          {t('title')}
        </h2>
        <p className="text-ink-soft">{t('text')}</p>
      </div>
      {query.isError ? <TroubleNotice error={query.error} onRetry={() => void query.refetch()} /> : null}
      {ending.isError ? <TroubleNotice error={ending.error} /> : null}
      {sessions.length > 0 ? (
        <ul aria-label={t('title')} className="divide-y divide-line rounded-lg border border-line bg-surface">
          {sessions.map(({ id, device, address, kind, beganAt, isThis }) => (
            <li key={id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 p-4 sm:p-5">
              <div className="flex min-w-0 flex-col gap-1">
                <p className="flex flex-wrap items-center gap-2 font-semibold">
                  {nameOf(device)}
                  {isThis ? <Badge tone="accent">{t('this')}</Badge> : null}
                </p>
                <p className="text-sm text-ink-soft">
                  {t('since', { when: times.stamp(new Date(beganAt)), address: address ?? t('noAddress') })}
                </p>
                <p className="text-sm text-ink-soft">{t(kind)}</p>
              </div>
              {isThis ? null : (
                <Button
                  look="secondary"
                  size="small"
                  isPending={ending.isPending && ending.variables === id}
                  onPress={() => ending.mutate(id)}
                  aria-label={t('endOne', { device: nameOf(device) })}
                >
                  {t('end')}
                </Button>
              )}
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}
