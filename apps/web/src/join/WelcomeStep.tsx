'use client';

import type { JoinView } from '@sotto/protocol/clinic';
import { CalendarClock } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button } from '../components/Button.tsx';
import { FocusHeading } from '../components/FocusHeading.tsx';
import { Notice } from '../components/Notice.tsx';
import { useNow } from '../i18n/useNow.ts';
import { useTimes } from '../i18n/useTimes.ts';
import { OwnRecordLink } from './OwnRecordLink.tsx';
import { PortalLink } from './PortalLink.tsx';
import { StepCount } from './StepCount.tsx';

interface WelcomeStepProps {
  view: JoinView;
  takeFocus: boolean;
  onYes: () => void;
  onNo: () => void;
}

/** From this long before its time a visit counts as early. */
const earlyMs = 45 * 60_000;

/** Who invites, when, and is this you. */
export function WelcomeStep({ view, takeFocus, onYes, onNo }: WelcomeStepProps) {
  const t = useTranslations('join.welcome');
  const guests = useTranslations('guests');
  const times = useTimes();
  const now = useNow(30_000);
  const start = new Date(view.startsAt);
  const near = times.nearDay(start, now);
  return (
    <div className="flex flex-col gap-6">
      <div className="flex flex-col gap-2">
        <StepCount step={1} />
        <FocusHeading takeFocus={takeFocus}>{t('title', { clinician: view.clinicianName })}</FocusHeading>
      </div>
      <div className="flex items-center gap-4 rounded-lg border border-line bg-surface p-5">
        <CalendarClock aria-hidden className="size-7 shrink-0 text-accent" />
        <div>
          <p className="text-lg font-semibold first-letter:uppercase">
            {near ? t('when', { day: near, time: times.time(start) }) : times.dayAndTime(start)}
          </p>
          <p className="text-ink-soft">{t('about', { minutes: view.minutes, clinic: view.clinicName })}</p>
        </div>
      </div>
      {view.role === 'guest' ? (
        <p className="text-lg">
          {guests(`invitedAs.${view.kind}`)} {guests('mayStay', { time: times.time(new Date(view.endsAt)) })}
        </p>
      ) : null}
      {start.getTime() - now.getTime() > earlyMs ? (
        <Notice tone="waiting" title={t('early.title', { when: times.fromNow(start, now) })}>
          <p>{t('early.text')}</p>
        </Notice>
      ) : null}
      <div className="flex flex-col gap-4">
        <h2 className="text-xl font-semibold">
          {t('isThisYou', { name: view.role === 'guest' ? view.guestName : view.patientName })}
        </h2>
        <div className="flex flex-col gap-3 sm:flex-row">
          <Button size="large" wide onPress={onYes}>
            {t('yes')}
          </Button>
          <Button size="large" look="secondary" wide onPress={onNo}>
            {t('no')}
          </Button>
        </div>
      </div>
      <p className="text-ink-soft">{t('private')}</p>
      {view.role === 'patient' ? (
        <div className="flex flex-col gap-1">
          <PortalLink />
          <OwnRecordLink />
        </div>
      ) : null}
    </div>
  );
}
