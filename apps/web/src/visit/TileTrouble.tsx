'use client';

import { useTranslations } from 'next-intl';
import type { Person } from '../call/contract.ts';
import { Button } from '../components/Button.tsx';

/** What is wrong with one person's media: the gravest first. */
function troubleOf({ security, presence }: Person): 'cantVerify' | 'cantDecrypt' | 'away' | null {
  if (security === 'cantVerify' || security === 'cantDecrypt') return security;
  return presence === 'away' ? 'away' : null;
}

/** Never a frozen picture or a silence without a word: who, one sentence, and the repair. */
export function TileTrouble({ person, name, onRepair }: { person: Person; name: string; onRepair: () => void }) {
  const t = useTranslations('call.tile');
  const trouble = troubleOf(person);
  if (!trouble) return null;
  return (
    <div
      role="alert"
      className="absolute inset-0 flex flex-col items-center justify-center gap-3 bg-stage-scrim p-6 text-center"
    >
      <p className="text-lg font-semibold">{t(`trouble.${trouble}.title`, { name })}</p>
      <p className="max-w-sm text-on-stage-soft">{t(`trouble.${trouble}.text`)}</p>
      {trouble === 'away' ? null : (
        <Button look="secondary" onPress={onRepair}>
          {t('repair')}
        </Button>
      )}
    </div>
  );
}
