'use client';

import { MicOff, VideoOff } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useMemo } from 'react';
import { MediaVideo } from '../components/MediaVideo.tsx';
import type { LocalDevices } from '../media/localDevices.ts';
import { useDevicesSnapshot } from '../media/useLocalDevices.ts';
import { type Corner, useCorner } from './useCorner.ts';

const places: Record<Corner, string> = {
  topStart: 'top-3 start-3',
  topEnd: 'top-3 end-3',
  bottomStart: 'bottom-3 start-3',
  bottomEnd: 'bottom-3 end-3',
};

/** One's own picture: small, smaller still among many, and moved by dragging, by a press, or by the arrow keys. */
export function SelfView({ devices, isSmall }: { devices: LocalDevices; isSmall: boolean }) {
  const t = useTranslations('call.self');
  const { microphone, camera } = useDevicesSnapshot(devices);
  const { frame, corner, handlers } = useCorner();
  const stream = useMemo(() => (camera.track ? new MediaStream([camera.track]) : null), [camera.track]);
  return (
    <div
      ref={frame}
      className={`absolute z-10 rounded-lg bg-stage-raised ring-1 ring-stage-line ${isSmall ? 'h-24 w-18 sm:w-40' : 'h-32 w-24 sm:w-52'} ${places[corner]}`}
    >
      {stream ? (
        <MediaVideo stream={stream} label={t('picture')} mirrored className="size-full rounded-lg object-cover" />
      ) : (
        <span className="flex size-full flex-col items-center justify-center gap-1.5 p-2 text-sm text-on-stage-soft">
          <VideoOff aria-hidden className="size-6" />
          <span className="max-sm:sr-only">{t('cameraOff')}</span>
        </span>
      )}
      <span className="absolute start-1.5 bottom-1.5 flex items-center gap-1.5 rounded-full bg-stage-scrim px-2 py-0.5 text-xs font-semibold">
        {microphone.on ? null : <MicOff aria-hidden className="size-3.5 text-stage-waiting" />}
        {t('you')}
        {microphone.on ? null : <span className="sr-only">{t('muted')}</span>}
      </span>
      <button
        type="button"
        aria-label={t('label', { place: t(`corner.${corner}`) })}
        {...handlers}
        className="absolute inset-0 cursor-grab touch-none rounded-lg active:cursor-grabbing"
      />
    </div>
  );
}
