'use client';

import { type Incident, type IncidentStep, stepMinutes } from '@sotto/protocol/incidents';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Circle, CircleCheck, TimerOff } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Badge } from '../components/Badge.tsx';
import { Button } from '../components/Button.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { incidentsQuery, noteStep } from './incidentsApi.ts';
import { stepState } from './planClock.ts';

interface PlanStepProps {
  incident: Incident;
  step: IncidentStep;
  now: Date;
  /** Whether it is about who looks: others see to it. */
  isOwn: boolean;
}

/** One step of the response plan: its clock, or who did it and when. */
export function PlanStep({ incident, step, now, isOwn }: PlanStepProps) {
  const t = useTranslations('incidents');
  const times = useTimes();
  const queries = useQueryClient();
  const noting = useMutation({
    mutationFn: () => noteStep(incident.id, step),
    onSettled: () => queries.invalidateQueries({ queryKey: incidentsQuery.queryKey }),
  });
  const state = stepState(incident, step, now);
  const isLate = state.tag === 'over' || (state.tag === 'done' && state.isLate);
  const minutes = stepMinutes[step];
  const timeOf = (whole: number): string =>
    whole > 90 ? t('hours', { hours: Math.floor(whole / 60), minutes: whole % 60 }) : t('minutes', { minutes: whole });
  const limitText = minutes === null ? t('noLimit') : t('within', { time: timeOf(minutes) });
  const doneText = ({ at, by }: { at: Date; by: string | null }): string =>
    by === null ? t('doneByRules', { when: times.stamp(at) }) : t('doneBy', { name: by, when: times.stamp(at) });
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3">
      {state.tag === 'done' ? (
        <CircleCheck aria-hidden className="size-5 shrink-0 text-verified" />
      ) : state.tag === 'over' ? (
        <TimerOff aria-hidden className="size-5 shrink-0 text-danger" />
      ) : (
        <Circle aria-hidden className="size-5 shrink-0 text-ink-soft" />
      )}
      <div className="min-w-0 flex-1 basis-52">
        <p className="font-medium">{t(`step.${step}`)}</p>
        <p className="text-sm text-ink-soft tabular-nums">{state.tag === 'done' ? doneText(state) : limitText}</p>
      </div>
      <div className="ms-auto flex items-center gap-3">
        {state.tag === 'left' ? <Badge tone="waiting">{t('left', { time: timeOf(state.minutes) })}</Badge> : null}
        {state.tag === 'over' ? <Badge tone="danger">{t('over', { time: timeOf(state.minutes) })}</Badge> : null}
        {state.tag === 'done' && isLate ? <Badge tone="danger">{t('late')}</Badge> : null}
        {state.tag === 'leftOut' ? <Badge tone="danger">{t('leftOut')}</Badge> : null}
        {isOwn || state.tag === 'done' || state.tag === 'leftOut' ? null : (
          <Button
            look="secondary"
            size="small"
            isPending={noting.isPending}
            onPress={() => noting.mutate()}
            aria-label={t('noteOf', { step: t(`step.${step}`) })}
          >
            {t('note')}
          </Button>
        )}
      </div>
      {step === 'evidence' && state.tag !== 'done' && state.tag !== 'leftOut' ? (
        <div className="flex basis-full flex-col gap-2 ps-9 text-sm">
          <p className="text-ink-soft">{t('evidenceHow')}</p>
          <p className="rounded-md bg-sunken p-3 break-all">
            <code>
              npm run evidence -- --incident {incident.id} --out {'FOLDER'}
            </code>
          </p>
        </div>
      ) : null}
      {noting.isError ? (
        <div className="basis-full">
          <TroubleNotice error={noting.error} />
        </div>
      ) : null}
    </li>
  );
}
