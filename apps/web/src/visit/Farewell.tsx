'use client';

import { useTranslations } from 'next-intl';
import type { VisitPhase } from '../call/contract.ts';
import { useClinicName } from '../clinic/clinicQueries.ts';
import { Button } from '../components/Button.tsx';
import { buttonLook } from '../components/buttonLook.ts';
import { FocusHeading } from '../components/FocusHeading.tsx';
import { PageShell } from '../components/PageShell.tsx';
import { UnsupportedBrowser } from '../deviceCheck/UnsupportedBrowser.tsx';
import { Link } from '../i18n/navigation.ts';
import { counterpartName, type VisitFacts } from './visitFacts.ts';

type FinalPhase = Exclude<VisitPhase, { tag: 'connecting' | 'waiting' | 'entering' | 'inVisit' }>;

interface FarewellProps {
  phase: FinalPhase;
  facts: VisitFacts;
  onAgain: () => void;
  onExit: () => void;
}

/** The last screen's words, named in the messages. */
function wordsOf(phase: FinalPhase, facts: VisitFacts) {
  switch (phase.tag) {
    case 'ended':
      return phase.reason === 'expired' ? 'expired' : 'ended';
    case 'failed':
      return phase.reason === 'unsupported' ? 'internal' : phase.reason;
    case 'left':
      return facts.kind === 'patient' ? 'leftPatient' : 'leftPhysician';
    case 'declined':
    case 'replaced':
      return phase.tag;
  }
}

const again = { leftPatient: 'comeBack', leftPhysician: 'comeBack', replaced: 'useHere' } as const;
const retriable: readonly string[] = ['elsewhere', 'unreachable', 'internal', 'cantVerify'];

/** How the visit ended for this person, and what can be done now. */
export function Farewell({ phase, facts, onAgain, onExit }: FarewellProps) {
  const t = useTranslations('farewell');
  const clinic = useClinicName();
  if (phase.tag === 'failed' && phase.reason === 'unsupported') {
    return (
      <PageShell owner={clinic}>
        <UnsupportedBrowser />
      </PageShell>
    );
  }
  const words = wordsOf(phase, facts);
  const back = words in again ? again[words as keyof typeof again] : retriable.includes(words) ? 'tryAgain' : null;
  return (
    <PageShell owner={clinic}>
      <div className="flex flex-col gap-6">
        <FocusHeading>{t(`${words}.title`, { name: counterpartName(facts) })}</FocusHeading>
        <p className="text-lg text-ink-soft">{t(`${words}.text`, { name: counterpartName(facts) })}</p>
        <div className="flex flex-col gap-3 sm:flex-row">
          {back ? (
            <Button size="large" wide onPress={onAgain}>
              {t(back)}
            </Button>
          ) : null}
          {facts.kind === 'physician' ? (
            <Link href="/today/" className={`${buttonLook(back ? 'secondary' : 'primary', 'large')} w-full sm:w-auto`}>
              {t('toToday')}
            </Link>
          ) : back ? (
            <Button size="large" look="secondary" wide onPress={onExit}>
              {t('checkDevices')}
            </Button>
          ) : null}
        </div>
        {facts.kind === 'patient' ? <p className="text-ink-soft">{t('mayClose')}</p> : null}
      </div>
    </PageShell>
  );
}
