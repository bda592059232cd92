'use client';

import type { JoinView } from '@sotto/protocol/clinic';
import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import { FocusHeading } from '../components/FocusHeading.tsx';
import { PageShell } from '../components/PageShell.tsx';
import { DeviceCheck } from '../deviceCheck/DeviceCheck.tsx';
import { useLocalDevices } from '../media/useLocalDevices.ts';
import { CallEntrance, preloadCall } from '../visit/CallEntrance.tsx';
import { hadEntered, rememberEntered } from '../visit/enteredVisit.ts';
import { NotMe } from './NotMe.tsx';
import { StepCount } from './StepCount.tsx';
import { WelcomeStep } from './WelcomeStep.tsx';

type Step = 'welcome' | 'notMe' | 'check' | 'visit';

/** Who invites and is this you → camera, microphone, speaker → waiting room and visit. */
export function JoinFlow({ view, onNotMe }: { view: JoinView; onNotMe: () => void }) {
  const t = useTranslations('join');
  const devices = useLocalDevices();
  const [step, setStep] = useState<Step>(() => (hadEntered(view.visitId) ? 'visit' : 'welcome'));
  const [moved, setMoved] = useState(false);
  const goTo = (next: Step) => {
    setMoved(true);
    setStep(next);
    window.scrollTo(0, 0);
  };
  useEffect(() => {
    if (step === 'check') preloadCall();
    if (step === 'visit') rememberEntered(view.visitId);
  }, [step, view.visitId]);

  if (step === 'visit') {
    return (
      <CallEntrance
        devices={devices}
        facts={view.role === 'patient' ? { kind: 'patient', view } : { kind: 'guest', view }}
        notes={null}
        guests={null}
        recorder={null}
        lock={null}
        onExit={() => {
          rememberEntered(null);
          goTo('check');
        }}
      />
    );
  }
  return (
    <PageShell owner={view.clinicName}>
      {step === 'welcome' ? (
        <WelcomeStep view={view} takeFocus={moved} onYes={() => goTo('check')} onNo={() => goTo('notMe')} />
      ) : null}
      {step === 'notMe' ? (
        <NotMe clinicName={view.clinicName} onBack={() => goTo('welcome')} onClose={onNotMe} />
      ) : null}
      {step === 'check' ? (
        <div className="flex flex-col gap-6">
          <div className="flex flex-col gap-2">
            <StepCount step={2} />
            <FocusHeading>{t('check.title')}</FocusHeading>
          </div>
          <DeviceCheck
            devices={devices}
            reason={
              <>
                <p>
                  {view.role === 'guest'
                    ? t('check.reasonGuest')
                    : t('check.reason', { clinician: view.clinicianName })}
                </p>
                <p>{t('check.nothingSent')}</p>
              </>
            }
            action={t('check.continue')}
            onContinue={() => goTo('visit')}
          />
        </div>
      ) : null}
    </PageShell>
  );
}
