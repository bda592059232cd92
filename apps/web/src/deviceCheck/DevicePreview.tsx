'use client';

import { Mic, MicOff, Video, VideoOff } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useMemo } from 'react';
import { MediaVideo } from '../components/MediaVideo.tsx';
import { SwitchButton } from '../components/SwitchButton.tsx';
import type { LocalDevices } from '../media/localDevices.ts';
import { useDevicesSnapshot } from '../media/useLocalDevices.ts';

/** One's own picture as the others will see it, with the two switches below it. */
export function DevicePreview({ devices }: { devices: LocalDevices }) {
  const t = useTranslations('check');
  const { microphone, camera } = useDevicesSnapshot(devices);
  const stream = useMemo(() => (camera.track ? new MediaStream([camera.track]) : null), [camera.track]);
  const hasCameraSwitch = camera.status === 'live' || camera.status === 'off';
  return (
    <div className="flex flex-col gap-3">
      <div className="aspect-video w-full overflow-hidden rounded-lg bg-stage text-on-stage">
        {stream ? (
          <MediaVideo stream={stream} label={t('preview')} mirrored className="size-full object-cover" />
        ) : (
          <p className="grid size-full place-items-center px-6 text-center text-on-stage-soft">
            {camera.status === 'off'
              ? t('cameraOff')
              : camera.status === 'asking'
                ? t('cameraStarting')
                : t('noPicture')}
          </p>
        )}
      </div>
      <div className="flex flex-wrap justify-center gap-3">
        {microphone.track ? (
          <SwitchButton
            icon={microphone.on ? Mic : MicOff}
            label={microphone.on ? t('mute') : t('unmute')}
            isOff={!microphone.on}
            onPress={() => void devices.setMicrophone(!microphone.on)}
          />
        ) : null}
        {hasCameraSwitch ? (
          <SwitchButton
            icon={camera.on ? Video : VideoOff}
            label={camera.on ? t('stopCamera') : t('startCamera')}
            isOff={!camera.on}
            onPress={() => void devices.setCamera(!camera.on)}
          />
        ) : null}
      </div>
    </div>
  );
}
