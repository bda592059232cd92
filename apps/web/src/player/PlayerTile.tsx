'use client';

import { AudioLines, UserRound, Volume2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { Ref } from 'react';
import type { OpenedTrack } from './messages.ts';
import { Watermark } from './Watermark.tsx';

interface PlayerTileProps {
  track: OpenedTrack;
  name: string;
  address: string;
  watermark: string;
  /** Seconds. */
  position: number;
  isSpeaking: boolean;
  ref: Ref<HTMLVideoElement>;
}

/** One participant of a recording: picture or portrait, name, and whether they speak. */
export function PlayerTile({ track, name, address, watermark, position, isSpeaking, ref }: PlayerTileProps) {
  const t = useTranslations('playback.player');
  const isBefore = position < track.begins;
  const isAfter = position >= track.ends;
  const isGone = isBefore || isAfter;
  return (
    <figure
      className={`relative aspect-video min-w-0 overflow-hidden rounded-lg bg-stage outline-3 -outline-offset-3 ${isSpeaking ? 'outline-stage-accent' : 'outline-transparent'}`}
    >
      {/* biome-ignore lint/a11y/useMediaCaption: what was said in a visit has no captions; who speaks is marked. */}
      <video
        ref={ref}
        src={address}
        preload="auto"
        playsInline
        disablePictureInPicture
        aria-label={t('video', { name })}
        className={`size-full object-contain ${isGone || !track.hasVideo ? 'invisible' : ''}`}
      />
      {isGone || !track.hasVideo ? (
        <div className="absolute inset-0 grid place-items-center p-4 text-center text-on-stage-soft">
          <div className="flex flex-col items-center gap-2">
            {isGone ? <UserRound aria-hidden className="size-10" /> : <AudioLines aria-hidden className="size-10" />}
            <p>{t(isBefore ? 'notYet' : isAfter ? 'gone' : 'soundOnly')}</p>
          </div>
        </div>
      ) : null}
      <Watermark text={watermark} />
      <figcaption className="absolute inset-x-0 bottom-0 flex">
        <span className="m-2 inline-flex max-w-full items-center gap-1.5 rounded-md bg-stage-scrim px-2 py-1 text-sm font-medium text-on-stage">
          {isSpeaking ? <Volume2 aria-hidden className="size-4 shrink-0 text-stage-accent" /> : null}
          <span className="truncate">{name}</span>
          {isSpeaking ? <span className="sr-only">{t('speaks')}</span> : null}
        </span>
      </figcaption>
    </figure>
  );
}
