'use client';

import { useTranslations } from 'next-intl';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import type { DeviceTrouble } from '../media/deviceOpening.ts';
import type { DeviceStatus } from '../media/localDevices.ts';
import { PermissionHelp } from './PermissionHelp.tsx';

interface DeviceTroublesProps {
  microphone: DeviceStatus;
  camera: DeviceStatus;
  onRetry: () => void;
}

const troubles: readonly string[] = ['blocked', 'blockedBySystem', 'missing', 'inUse'] satisfies DeviceTrouble[];
const isTrouble = (status: DeviceStatus): status is DeviceTrouble => troubles.includes(status);

/** What doesn't work and what helps: one notice where both have the same cause. */
export function DeviceTroubles({ microphone, camera, onRetry }: DeviceTroublesProps) {
  const found: { subject: 'both' | 'microphone' | 'camera'; trouble: DeviceTrouble }[] = [];
  if (isTrouble(microphone) && microphone === camera) found.push({ subject: 'both', trouble: microphone });
  else {
    if (isTrouble(camera)) found.push({ subject: 'camera', trouble: camera });
    if (isTrouble(microphone)) found.push({ subject: 'microphone', trouble: microphone });
  }
  return found.map(({ subject, trouble }) => (
    <Trouble key={subject} subject={subject} trouble={trouble} onRetry={onRetry} />
  ));
}

interface TroubleProps {
  subject: 'both' | 'microphone' | 'camera';
  trouble: DeviceTrouble;
  onRetry: () => void;
}

function Trouble({ subject, trouble, onRetry }: TroubleProps) {
  const t = useTranslations('check');
  return (
    <Notice
      tone="danger"
      title={t(`trouble.${trouble}.${subject}`)}
      live
      actions={
        <Button look="secondary" onPress={onRetry}>
          {t('tryAgain')}
        </Button>
      }
    >
      {trouble === 'blocked' ? <PermissionHelp /> : <p>{t(`trouble.${trouble}.help`)}</p>}
    </Notice>
  );
}
