'use client';

import { useTranslations } from 'next-intl';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { DeviceChoices } from '../deviceCheck/DeviceChoices.tsx';
import { DeviceTroubles } from '../deviceCheck/DeviceTroubles.tsx';
import { MicrophoneCheck } from '../deviceCheck/MicrophoneCheck.tsx';
import { SpeakerCheck } from '../deviceCheck/SpeakerCheck.tsx';
import type { LocalDevices } from '../media/localDevices.ts';
import { useDevicesSnapshot } from '../media/useLocalDevices.ts';

/** Other devices in the middle of a visit; each choice takes effect at once. */
export function DevicesDialog({ devices, onClose }: { devices: LocalDevices; onClose: () => void }) {
  const t = useTranslations('call.devices');
  const { microphone, camera } = useDevicesSnapshot(devices);
  return (
    <Dialog title={t('title')} isOpen onClose={onClose}>
      <DeviceTroubles microphone={microphone.status} camera={camera.status} onRetry={() => void devices.start()} />
      <DeviceChoices devices={devices} />
      {microphone.track ? <MicrophoneCheck track={microphone.track} isOn={microphone.on} /> : null}
      <SpeakerCheck devices={devices} />
      <div className="flex sm:justify-end">
        <Button wide onPress={onClose}>
          {t('done')}
        </Button>
      </div>
    </Dialog>
  );
}
