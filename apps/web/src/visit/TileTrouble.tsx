'use client';

import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import type { Person } from '../call/contract.ts';
import { Button } from '../components/Button.tsx';

type Trouble = 'cantVerify' | 'cantDecrypt' | 'away' | 'stalled' | 'slow' | 'slowJoin';

/** What is wrong with one person's media: the gravest first. */
function troubleOf({ security, presence, stalled, camera, microphone }: Person, isSlow: boolean): Trouble | null {
  if (security === 'cantVerify' || security === 'cantDecrypt') return security;
  if (presence === 'away') return 'away';
  if (stalled) return 'stalled';
  if (!isSlow) return null;
  // While they aren't in the group nothing of theirs can be received anew.
  return camera.state === 'none' && microphone.state === 'none' ? 'slowJoin' : 'slow';
}

/** Getting in takes a second or two; for so long nobody need worry. */
const slowMs = 15_000;

interface TileTroubleProps {
  person: Person;
  onRepair: () => void;
  /** Null for those who may put nobody out. */
  onSendAway: (() => void) | null;
}

/** Never a frozen picture or a silence without a word: who, one sentence, and the repair. */
export function TileTrouble({ person, onRepair, onSendAway }: TileTroubleProps) {
  const t = useTranslations('call.tile');
  const isSlow = useLasting(person.security === 'connecting' || person.camera.state === 'connecting', slowMs);
  const trouble = troubleOf(person, isSlow);
  if (!trouble) return null;
  return (
    <div
      role="alert"
      className="absolute inset-0 flex flex-col items-center justify-center-safe gap-3 overflow-y-auto bg-stage p-3 text-center sm:p-6"
    >
      <p className="text-lg font-semibold">
        {person.name === null ? t(`trouble.${trouble}.nameless`) : t(`trouble.${trouble}.title`, { name: person.name })}
      </p>
      <p className="max-w-sm text-on-stage-soft">{t(`trouble.${trouble}.text`)}</p>
      {trouble === 'away' || trouble === 'slowJoin' ? null : trouble === 'cantVerify' && onSendAway ? (
        <>
          <p className="max-w-sm text-on-stage-soft">{t('sendAwayText')}</p>
          <Button look="secondary" onPress={onSendAway}>
            {t('sendAway')}
          </Button>
        </>
      ) : (
        <Button look="secondary" onPress={onRepair}>
          {t('repair')}
        </Button>
      )}
    </div>
  );
}

/** Whether something has been so without a break for that long. */
function useLasting(isSo: boolean, ms: number): boolean {
  const [lasts, setLasts] = useState(false);
  useEffect(() => {
    if (!isSo) return;
    const timer = setTimeout(() => setLasts(true), ms);
    return () => {
      clearTimeout(timer);
      setLasts(false);
    };
  }, [isSo, ms]);
  return lasts;
}
