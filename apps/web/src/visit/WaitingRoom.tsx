'use client';

import { useTranslations } from 'next-intl';
import type { VisitCall, VisitPhase } from '../call/contract.ts';
import { Button } from '../components/Button.tsx';
import { FocusHeading } from '../components/FocusHeading.tsx';
import { PageShell } from '../components/PageShell.tsx';
import { DevicePreview } from '../deviceCheck/DevicePreview.tsx';
import { useNow } from '../i18n/useNow.ts';
import { useTimes } from '../i18n/useTimes.ts';
import { StepCount } from '../join/StepCount.tsx';
import type { LocalDevices } from '../media/localDevices.ts';
import { useDevicesSnapshot } from '../media/useLocalDevices.ts';
import { useWakeLock } from './useWakeLock.ts';
import { counterpartName, type VisitFacts } from './visitFacts.ts';

interface WaitingRoomProps {
  call: VisitCall;
  devices: LocalDevices;
  facts: VisitFacts;
  phase: Extract<VisitPhase, { tag: 'waiting' }>;
}

/** So long after its time a visit counts as late. */
const lateMs = 15 * 60_000;

/** The patient waits: who knows of it, what happens next, and what if nobody comes. */
export function WaitingRoom({ call, devices, facts, phase }: WaitingRoomProps) {
  const t = useTranslations('waiting');
  const times = useTimes();
  const now = useNow(10_000);
  useWakeLock();
  const { microphone, camera } = useDevicesSnapshot(devices);
  const hasDevice = microphone.track !== null || ['live', 'off', 'asking'].includes(camera.status);
  const { startsAt } = facts.kind === 'physician' ? facts.visit : facts.view;
  const clinic = facts.kind === 'physician' ? undefined : facts.view.clinicName;
  const late = new Date(new Date(startsAt).getTime() + lateMs);
  const minutes = Math.floor((now.getTime() - phase.since) / 60_000);
  const name = counterpartName(facts);
  return (
    <PageShell owner={clinic}>
      <div className="flex flex-col gap-6">
        <div className="flex flex-col gap-2">
          <StepCount step={3} />
          <FocusHeading>{t('title')}</FocusHeading>
          <p role="status" className="text-lg">
            {t(phase.hostPresent ? 'hostPresent' : 'hostAbsent', { name })}
          </p>
        </div>
        {hasDevice ? <DevicePreview devices={devices} /> : null}
        <ul className="flex list-disc flex-col gap-2 ps-5 text-ink-soft">
          <li>{t('notSeen', { name })}</li>
          <li>{t('keepOpen')}</li>
          {facts.kind === 'guest' ? (
            <li>{t('guestUntil', { time: times.time(new Date(facts.view.endsAt)), name })}</li>
          ) : null}
          <li>
            {now > late
              ? t('late', { clinic: clinic ?? t('theClinic') })
              : t('ifNobody', { time: times.time(late), clinic: clinic ?? t('theClinic') })}
          </li>
        </ul>
        <div className="flex flex-wrap items-center justify-between gap-3 border-t border-line pt-4">
          <p className="text-ink-soft tabular-nums">
            {minutes < 1 ? t('since.justNow') : t('since.minutes', { minutes })}
          </p>
          <Button look="quiet" onPress={() => call.leave()}>
            {t('leave')}
          </Button>
        </div>
      </div>
    </PageShell>
  );
}
