'use client';

import { useTranslations } from 'next-intl';
import { type ComponentType, useEffect, useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { PageShell } from '../components/PageShell.tsx';
import type { LocalDevices } from '../media/localDevices.ts';
import { CallOpening } from './CallOpening.tsx';
import type { VisitFacts } from './visitFacts.ts';

export interface CallProps {
  devices: LocalDevices;
  facts: VisitFacts;
  /** Back to the page around the call. */
  onExit: () => void;
}

/** The call is a large part of the client: it is fetched while the person checks their devices. */
const loadCall = () => import('./CallSession.tsx');

/** Fetches the call ahead of need. What fails here is tried again when it is needed. */
export const preloadCall = () => void loadCall().catch(() => undefined);

/** The call, once it is there. Opens the devices where a reload came straight here. */
export function CallEntrance(props: CallProps) {
  const t = useTranslations('call');
  const [Call, setCall] = useState<ComponentType<CallProps> | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [failedAttempt, setFailedAttempt] = useState<number | null>(null);
  const { devices } = props;
  useEffect(() => {
    let current = true;
    loadCall().then(
      ({ CallSession }) => {
        if (current) setCall(() => CallSession);
      },
      () => {
        if (current) setFailedAttempt(attempt);
      },
    );
    return () => {
      current = false;
    };
  }, [attempt]);
  useEffect(() => {
    const { microphone, camera } = devices.getSnapshot();
    if (microphone.status === 'idle' && camera.status === 'idle') void devices.start();
  }, [devices]);
  if (Call) return <Call {...props} />;
  if (failedAttempt === attempt) {
    return (
      <PageShell>
        <Notice
          tone="danger"
          title={t('notLoaded.title')}
          live
          actions={<Button onPress={() => setAttempt(attempt + 1)}>{t('tryAgain')}</Button>}
        >
          {t('notLoaded.text')}
        </Notice>
      </PageShell>
    );
  }
  return <CallOpening />;
}
