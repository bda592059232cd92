'use client';

import { MicOff } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useCallback } from 'react';
import type { Person, VisitCall } from '../call/contract.ts';
import { useRoleWord } from '../guests/guestBook.ts';
import { Portrait } from './Portrait.tsx';
import { QualityBars } from './QualityBars.tsx';
import { TileTrouble } from './TileTrouble.tsx';
import { TileVideo } from './TileVideo.tsx';
import { useSpeaking } from './useSpeaking.ts';

interface PersonTileProps {
  call: VisitCall;
  person: Person;
  /** Alone on the stage: no frame, no outline. */
  isAlone: boolean;
  onRepair: () => void;
  onSendAway: (() => void) | null;
  onDetails: () => void;
}

/** One other person: picture or portrait, name, and what is wrong where something is. */
export function PersonTile({ call, person, isAlone, onRepair, onSendAway, onDetails }: PersonTileProps) {
  const t = useTranslations('call.tile');
  const { participantId, camera, microphone } = person;
  const read = useCallback(() => call.level(participantId), [call, participantId]);
  const isSpeaking = useSpeaking(read, !isAlone);
  const roleWord = useRoleWord();
  const name = person.name ?? t('nameless');
  const isMuted = microphone.state === 'off' || microphone.state === 'none';
  // Their keys aren't agreed on yet, or nothing that they send has opened.
  const isOpening = person.security === 'connecting';
  return (
    <article
      aria-label={name}
      className={`relative min-h-0 overflow-hidden ${isAlone ? 'size-full' : 'rounded-lg bg-stage-raised'} ${isSpeaking ? 'outline-3 outline-stage-accent' : ''}`}
    >
      {camera.state === 'live' ? (
        <TileVideo stream={camera.stream} label={t('picture', { name })} />
      ) : (
        <Portrait name={person.name} read={read} text={t(isOpening ? 'connecting' : `noPicture.${camera.state}`)} />
      )}
      <TileTrouble person={person} onRepair={onRepair} onSendAway={onSendAway} />
      <div
        className={`absolute flex items-center gap-2 bg-stage-scrim text-sm font-semibold ${isAlone ? 'start-3 bottom-3 max-w-[calc(100%-9rem)] rounded-full px-3 py-1.5' : 'start-2 bottom-2 max-w-[calc(100%-1rem)] rounded-lg px-2.5 py-1'}`}
      >
        {isMuted ? <MicOff role="img" aria-label={t('muted')} className="size-4 shrink-0 text-stage-waiting" /> : null}
        <span className="min-w-0">
          <span className="block truncate">{name}</span>
          {person.role === 'guest' ? (
            <span className="block truncate text-xs font-normal">{roleWord(person)}</span>
          ) : null}
        </span>
      </div>
      <div className={`absolute ${isAlone ? 'start-3 top-3' : 'start-1 top-1'}`}>
        <QualityBars quality={person.quality} name={name} onDetails={onDetails} />
      </div>
    </article>
  );
}
