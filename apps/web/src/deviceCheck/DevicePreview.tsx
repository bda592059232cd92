'use client';

import { Mic, MicOff, Video, VideoOff } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useMemo } from 'react';
import { MediaVideo } from '../components/MediaVideo.tsx';
import { StageButton } from '../components/StageButton.tsx';
import type { LocalDevices } from '../media/localDevices.ts';
import { useDevicesSnapshot } from '../media/useLocalDevices.ts';

/** One's own picture as the others will see it, with the two switches below it. */
export function DevicePreview({ devices }: { devices: LocalDevices }) {
  const t = useTranslations('check');
  const { microphone, camera } = useDevicesSnapshot(devices);
  const stream = useMemo(() => (camera.track ? new MediaStream([camera.track]) : null), [camera.track]);
  return (
    <div className="on-stage relative aspect-video w-full overflow-hidden rounded-lg bg-stage text-on-stage">
      {stream ? (
        <MediaVideo stream={stream} label={t('preview')} mirrored className="size-full object-cover" />
      ) : (
        <p className="grid size-full place-items-center px-6 pb-14 text-center text-on-stage-soft">
          {camera.status === 'off' ? t('cameraOff') : camera.status === 'asking' ? t('cameraStarting') : t('noPicture')}
        </p>
      )}
      <div className="absolute inset-x-0 bottom-3 flex justify-center gap-3">
        {microphone.track ? (
          <StageButton
            icon={microphone.on ? Mic : MicOff}
            label={microphone.on ? t('mute') : t('unmute')}
            isOff={!microphone.on}
            onPress={() => void devices.setMicrophone(!microphone.on)}
          />
        ) : null}
        {camera.status === 'live' || camera.status === 'off' ? (
          <StageButton
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
