'use client';

import { Camera } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useEffect, useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Disclosure } from '../components/Disclosure.tsx';
import { permissionOf } from '../media/deviceOpening.ts';
import type { DeviceState, LocalDevices } from '../media/localDevices.ts';
import { useDevicesSnapshot } from '../media/useLocalDevices.ts';
import { DeviceChoices } from './DeviceChoices.tsx';
import { DevicePreview } from './DevicePreview.tsx';
import { DeviceTroubles } from './DeviceTroubles.tsx';
import { MicrophoneCheck } from './MicrophoneCheck.tsx';
import { SpeakerCheck } from './SpeakerCheck.tsx';

interface DeviceCheckProps {
  devices: LocalDevices;
  /** Why the browser will ask, said before it does. */
  reason: ReactNode;
  /** The word on the button that goes on when everything works. */
  action: string;
  onContinue: () => void;
}

/** What can be gone on with; a device that is switched off on purpose counts as working. */
function readiness(microphone: DeviceState, camera: DeviceState): 'both' | 'soundOnly' | 'pictureOnly' | 'nothing' {
  const works = ({ status }: DeviceState) => status === 'live' || status === 'off';
  if (works(microphone)) return works(camera) ? 'both' : 'soundOnly';
  return works(camera) ? 'pictureOnly' : 'nothing';
}

/** Camera, microphone and speaker before a visit: asks with a reason, shows what works, helps with what doesn't. */
export function DeviceCheck({ devices, reason, action, onContinue }: DeviceCheckProps) {
  const t = useTranslations('check');
  const { microphone, camera } = useDevicesSnapshot(devices);
  const allowed = useAllowedBefore(devices);
  const idle = microphone.status === 'idle' && camera.status === 'idle';
  if (idle) {
    return (
      <div className="flex flex-col gap-6">
        <div className="flex flex-col gap-2 text-lg text-ink-soft">{reason}</div>
        {allowed === 'no' ? (
          <Button size="large" wide onPress={() => void devices.start()}>
            <Camera aria-hidden className="size-6" />
            {t('turnOn')}
          </Button>
        ) : null}
      </div>
    );
  }
  const asking = microphone.status === 'asking' && camera.status === 'asking';
  const ready = readiness(microphone, camera);
  return (
    <div className="flex flex-col gap-6">
      <DevicePreview devices={devices} />
      {asking ? (
        <p role="status" className="text-lg text-ink-soft">
          {t('asking')}
        </p>
      ) : (
        <>
          <DeviceTroubles microphone={microphone.status} camera={camera.status} onRetry={() => void devices.start()} />
          {microphone.track ? <MicrophoneCheck track={microphone.track} isOn={microphone.on} /> : null}
          <SpeakerCheck devices={devices} />
          <Button size="large" wide look={ready === 'nothing' ? 'secondary' : 'primary'} onPress={onContinue}>
            {ready === 'both' ? action : t(`continue.${ready}`)}
          </Button>
          <Disclosure title={t('otherDevices')}>
            <DeviceChoices devices={devices} />
          </Disclosure>
        </>
      )}
    </div>
  );
}

/** Starts at once where the person has allowed both before: nothing will be asked. */
function useAllowedBefore(devices: LocalDevices): 'unknown' | 'yes' | 'no' {
  const [allowed, setAllowed] = useState<'unknown' | 'yes' | 'no'>('unknown');
  useEffect(() => {
    let current = true;
    void Promise.all([permissionOf('microphone'), permissionOf('camera')]).then((permissions) => {
      if (!current) return;
      const both = permissions.every((permission) => permission?.state === 'granted');
      setAllowed(both ? 'yes' : 'no');
      if (both && devices.getSnapshot().camera.status === 'idle') void devices.start();
    });
    return () => {
      current = false;
    };
  }, [devices]);
  return allowed;
}
