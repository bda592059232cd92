'use client';

import { useTranslations } from 'next-intl';
import type { VisitSnapshot } from '../call/contract.ts';
import { Button } from '../components/Button.tsx';
import { Shield, type ShieldState } from '../components/Shield.tsx';
import { type SecurityClaim, securityClaim, standingOfClinicians } from './securityClaim.ts';
import { openers } from './useSidePanel.ts';

const states: Record<SecurityClaim, ShieldState> = {
  connecting: 'opening',
  alone: 'private',
  encrypted: 'private',
  proven: 'private',
  serverOnly: 'unproven',
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

function isComparable(claim: SecurityClaim): claim is 'encrypted' | 'proven' | 'serverOnly' | 'compared' {
  return ['encrypted', 'proven', 'serverOnly', 'compared'].includes(claim);
}

/** By whose word a clinician is one: the other's, and on a clinician's own screen theirs. */
function Clinicians({ snapshot }: Pick<SecurityShieldProps, 'snapshot'>) {
  const t = useTranslations('shield.clinician');
  const { people, self } = snapshot;
  const standing = standingOfClinicians(snapshot);
  const others = people.filter(({ role }) => role === 'physician');
  const licence = others.length === 1 ? others[0]?.clinician?.licence : null;
  return (
    <>
      {standing === null ? null : (
        <p className="text-ink-soft">
          {t(`${standing}.${others.length === 1 ? 'one' : 'many'}`, { name: others[0]?.name ?? t('someone') })}
          {licence ? ` ${t('licence', { licence })}` : null}
        </p>
      )}
      {self?.role === 'physician' ? <p className="text-ink-soft">{t(self.isProven ? 'selfProven' : 'self')}</p> : null}
    </>
  );
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
      {isComparable(claim) ? (
        <>
          <p className="text-ink-soft">{t('quantum')}</p>
          <Clinicians snapshot={snapshot} />
          <p className="text-ink-soft">{t(`${claim}.compare`)}</p>
          <Button slot="close" look={claim === 'compared' ? 'secondary' : 'primary'} onPress={onCompare}>
            {t(`${claim === 'compared' ? 'compareAgain' : 'compare'}.${number}`)}
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
