'use client';

import type { StaffId } from '@sotto/protocol/ids';
import { type Incident, incidentSteps } from '@sotto/protocol/incidents';
import { OctagonPause } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Badge } from '../components/Badge.tsx';
import { Button } from '../components/Button.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import type { Containing } from './ContainDialog.tsx';
import { DisableAccount } from './DisableAccount.tsx';
import { PlanStep } from './PlanStep.tsx';
import { isClosed } from './planClock.ts';

interface IncidentCardProps {
  incident: Incident;
  me: StaffId;
  now: Date;
  /** Whether the account is held up already. */
  isContained: boolean;
  onContain: (containing: Containing) => void;
}

/** One incident: what was found, what was done by itself, and the plan. */
export function IncidentCard({ incident, me, now, isContained, onContain }: IncidentCardProps) {
  const t = useTranslations('incidents');
  const times = useTimes();
  const { id, about, openedAt, criticalAt, disabling, alerts, steps } = incident;
  const isOver = isClosed(incident);
  const isOwn = about?.id === me;
  const mayDisable = disabling === 'none' && !isOwn;
  const title = about?.name ?? t('nobody');
  return (
    <li aria-labelledby={`incident-${id}`} className="flex flex-col gap-4 p-4 sm:p-5">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <h3 id={`incident-${id}`} className="text-lg font-semibold break-words">
            {title}
          </h3>
          <p className="text-sm text-ink-soft tabular-nums">{t('opened', { when: times.stamp(new Date(openedAt)) })}</p>
        </div>
        <div className="flex flex-wrap gap-2">
          {isOver ? <Badge>{t('closed')}</Badge> : null}
          {!isOver && criticalAt !== null ? <Badge tone="danger">{t('critical')}</Badge> : null}
          {!isOver && criticalAt === null ? <Badge tone="waiting">{t('warning')}</Badge> : null}
          {disabling === 'none' ? null : <Badge tone="danger">{t(`disabling.${disabling}`)}</Badge>}
        </div>
      </div>
      {alerts.length === 0 ? null : (
        <ul className="flex list-disc flex-col gap-1 ps-5">
          {alerts.map(({ rule, count, limit, at }) => (
            <li key={`${rule} ${at}`}>
              {t(`rule.${rule}`, { count, limit })}{' '}
              <span className="text-sm text-ink-soft tabular-nums">{times.stamp(new Date(at))}</span>
            </li>
          ))}
        </ul>
      )}
      {isOwn && !isOver ? <p className="text-ink-soft">{t('own')}</p> : null}
      <ul aria-label={t('plan')} className="divide-y divide-line border-y border-line">
        {incidentSteps.map((step) => (
          <PlanStep key={step} incident={incident} step={step} now={now} isOwn={isOwn} />
        ))}
      </ul>
      {isOver || about === null || (isContained && !mayDisable) ? null : (
        <div className="flex flex-col gap-3 sm:flex-row sm:flex-wrap">
          {isContained ? null : (
            <Button
              look="dangerQuiet"
              onPress={() =>
                onContain({
                  ...{ action: 'contain', whom: about.id, name: about.name },
                  incident: steps.some(({ step }) => step === 'isolated') ? null : id,
                })
              }
              wide
            >
              <OctagonPause aria-hidden className="size-5" />
              {t('contain.account.open')}
            </Button>
          )}
          {mayDisable ? <DisableAccount id={id} name={about.name} /> : null}
        </div>
      )}
    </li>
  );
}
