'use client';

import { useTranslations } from 'next-intl';
import type { VisitSnapshot } from '../call/contract.ts';
import { Button } from '../components/Button.tsx';
import { Shield, type ShieldState } from '../components/Shield.tsx';
import { type SecurityClaim, securityClaim } from './securityClaim.ts';
import { openers } from './useSidePanel.ts';

const states: Record<SecurityClaim, ShieldState> = {
  connecting: 'opening',
  alone: 'private',
  encrypted: 'private',
  compared: 'verified',
  cantVerify: 'broken',
  distrusted: 'broken',
};

interface SecurityShieldProps {
  snapshot: VisitSnapshot;
  onRepair: () => void;
  onCompare: () => void;
  /** What to do about codes that were not equal. */
  onDistrust: () => void;
  /** How it works just now, in numbers. */
  onDetails: () => void;
}

/** How private the visit is, in words, and what one can do about it. */
export function SecurityShield({ snapshot, onRepair, onCompare, onDistrust, onDetails }: SecurityShieldProps) {
  const t = useTranslations('shield');
  const claim = securityClaim(snapshot);
  const [first, ...others] = snapshot.people;
  const number = others.length === 0 ? 'one' : 'many';
  const words = claim === 'compared' && number === 'many' ? 'compared.claimMany' : (`${claim}.claim` as const);
  return (
    <Shield state={states[claim]} claim={t(words, { name: first?.name ?? '' })} id={openers.details}>
      <p className="font-semibold">{t(`${claim}.title`)}</p>
      <p className="text-ink-soft">{t(`${claim}.text`)}</p>
      {claim === 'encrypted' || claim === 'compared' ? (
        <>
          <p className="text-ink-soft">{t('quantum')}</p>
          <p className="text-ink-soft">{t(`${claim}.compare`)}</p>
          <Button slot="close" look={claim === 'encrypted' ? 'primary' : 'secondary'} onPress={onCompare}>
            {t(`${claim === 'encrypted' ? 'compare' : 'compareAgain'}.${number}`)}
          </Button>
        </>
      ) : null}
      {claim === 'distrusted' ? (
        <Button slot="close" onPress={onDistrust}>
          {t('whatToDo')}
        </Button>
      ) : null}
      {claim === 'cantVerify' ? <Button onPress={onRepair}>{t('repair')}</Button> : null}
      <Button slot="close" look="quiet" onPress={onDetails}>
        {t('details')}
      </Button>
    </Shield>
  );
}
