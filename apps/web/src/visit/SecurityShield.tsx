'use client';

import { useTranslations } from 'next-intl';
import type { VisitSnapshot } from '../call/contract.ts';
import { Button } from '../components/Button.tsx';
import { Shield, type ShieldState } from '../components/Shield.tsx';

type Claim = 'connecting' | 'alone' | 'encrypted' | 'cantVerify';

const states: Record<Claim, ShieldState> = {
  connecting: 'opening',
  alone: 'private',
  encrypted: 'private',
  cantVerify: 'broken',
};

/** The least that holds for everybody: one person who can't be verified takes the claim from all. */
function claimOf({ phase, security, people }: VisitSnapshot): Claim {
  if (security === 'cantVerify' || people.some((person) => person.security === 'cantVerify')) return 'cantVerify';
  if (phase.tag !== 'inVisit' || security === 'connecting') return 'connecting';
  if (people.length === 0) return 'alone';
  const opened = people.filter((person) => person.security === 'encrypted' || person.security === 'cantDecrypt');
  return opened.length === people.length ? 'encrypted' : 'connecting';
}

export function SecurityShield({ snapshot, onRepair }: { snapshot: VisitSnapshot; onRepair: () => void }) {
  const t = useTranslations('shield');
  const claim = claimOf(snapshot);
  return (
    <Shield state={states[claim]} claim={t(`${claim}.claim`)}>
      <p className="font-semibold">{t(`${claim}.title`)}</p>
      <p className="text-ink-soft">{t(`${claim}.text`)}</p>
      {claim === 'encrypted' ? <p className="text-ink-soft">{t('encrypted.compare')}</p> : null}
      {claim === 'cantVerify' ? <Button onPress={onRepair}>{t('repair')}</Button> : null}
    </Shield>
  );
}
