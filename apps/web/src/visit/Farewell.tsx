'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import type { Incident, VisitPhase } from '../call/contract.ts';
import { isMild, keyOf } from '../call/incidents.ts';
import { useClinicName } from '../clinic/clinicQueries.ts';
import { Button } from '../components/Button.tsx';
import { buttonLook } from '../components/buttonLook.ts';
import { FocusHeading } from '../components/FocusHeading.tsx';
import { Notice } from '../components/Notice.tsx';
import { PageShell } from '../components/PageShell.tsx';
import { UnsupportedBrowser } from '../deviceCheck/UnsupportedBrowser.tsx';
import { Link } from '../i18n/navigation.ts';
import { OwnRecordLink } from '../join/OwnRecordLink.tsx';
import { PortalLink } from '../join/PortalLink.tsx';
import { OwnPageAddress } from '../portal/OwnPageAddress.tsx';
import { ForgetClinic } from './ForgetClinic.tsx';
import { useIncidentWords } from './incidentWords.ts';
import { isOfKeystore, keptOutWords } from './keptOutWords.ts';
import { counterpartName, type VisitFacts } from './visitFacts.ts';
import type { VisitNotes } from './visitNotes.ts';
import type { VisitRecorder } from './visitRecorder.ts';

type FinalPhase = Exclude<VisitPhase, { tag: 'connecting' | 'waiting' | 'entering' | 'inVisit' }>;

interface FarewellProps {
  phase: FinalPhase;
  incidents: readonly Incident[];
  facts: VisitFacts;
  notes: VisitNotes | null;
  recorder: VisitRecorder | null;
  onAgain: () => void;
  onExit: () => void;
}

/** The last screen's words, named in the messages. */
function wordsOf(phase: FinalPhase, facts: VisitFacts) {
  switch (phase.tag) {
    case 'ended':
      // Of a patient's or physician's own the visit's time is over with it.
      if (phase.reason === 'stayOver') return facts.kind === 'guest' ? 'stayOver' : 'expired';
      return phase.reason === 'expired' ? 'expired' : 'ended';
    case 'failed':
      if (facts.kind === 'guest' && phase.reason === 'notAvailable') return 'notAvailableGuest';
      if (facts.kind === 'guest' && phase.reason === 'signedOut') return 'signedOutGuest';
      // One's own credential was signed a moment ago: what is out of date is this device's clock.
      if (phase.fault !== null && keptOutWords(phase.fault) === 'clock') return 'wrongClock';
      return phase.reason === 'unsupported' ? 'internal' : phase.reason;
    case 'left':
      return facts.kind === 'physician' ? 'leftPhysician' : 'leftPatient';
    case 'putOut':
      // Nobody sends a clinician away.
      return facts.kind === 'physician' ? 'putOutPhysician' : phase.tag;
    case 'declined':
    case 'replaced':
      return phase.tag;
  }
}

const again = {
  leftPatient: 'comeBack',
  leftPhysician: 'comeBack',
  putOut: 'comeBack',
  putOutPhysician: 'comeBack',
  replaced: 'useHere',
} as const;
const retriable: readonly string[] = [
  'stayOver',
  'notAvailableGuest',
  'elsewhere',
  'unreachable',
  'internal',
  'cantVerify',
  'wrongClock',
  'notConfirmed',
  'unreadDirectory',
  'rememberedDemand',
  'otherClinic',
];
/** Nothing goes on, or may go on, before a person has decided about what this browser remembers. */
const unfit: readonly string[] = ['otherClinic', 'spoiltMemory', 'rememberedDemand'];

/** Whoever goes by themselves has seen who went before. */
const isOwnEnding = (phase: FinalPhase, { kind }: VisitFacts) =>
  phase.tag === 'left' || (phase.tag === 'ended' && kind === 'physician');

/** How the visit ended for this person, and what can be done now. */
export function Farewell({ phase, incidents, facts, notes, recorder, onAgain, onExit }: FarewellProps) {
  const t = useTranslations('farewell');
  const kept = useTranslations('call.keptOut');
  const clinic = useClinicName();
  const wordsOfIncident = useIncidentWords(facts);
  if (phase.tag === 'failed' && phase.reason === 'unsupported') {
    return (
      <PageShell owner={clinic}>
        <UnsupportedBrowser />
      </PageShell>
    );
  }
  const words = wordsOf(phase, facts);
  const isUnverified = phase.tag === 'failed' && phase.reason === 'cantVerify';
  const fault = isUnverified && words !== 'wrongClock' ? phase.fault : null;
  const why = incidents.filter(
    (incident) => incident.tag !== 'stayOver' && (!isMild(incident) || !isOwnEnding(phase, facts)),
  );
  const isGrave = fault !== null || why.some((incident) => !isMild(incident));
  const faults = [fault, ...why.map((incident) => (incident.tag === 'keptOut' ? incident.fault : null))];
  const back = words in again ? again[words as keyof typeof again] : retriable.includes(words) ? 'tryAgain' : null;
  return (
    <PageShell owner={clinic}>
      <div className="flex flex-col gap-6">
        <FocusHeading>{t(`${words}.title`, { name: counterpartName(facts) })}</FocusHeading>
        <p className="text-lg text-ink-soft">{t(`${words}.text`, { name: counterpartName(facts) })}</p>
        {fault || why.length > 0 ? (
          <Notice tone={isGrave ? 'danger' : 'waiting'} title={kept(isUnverified && isGrave ? 'title' : 'happened')}>
            {fault ? <p>{kept(keptOutWords(fault))}</p> : null}
            {why.map((incident) => (
              <p key={keyOf(incident)}>{wordsOfIncident(incident)}</p>
            ))}
            {faults.some((one) => one !== null && isOfKeystore(one)) ? (
              <p>
                {kept('keysMayHaveChanged')}{' '}
                <Link
                  href={facts.kind === 'physician' ? '/passkeys/' : '/portal/'}
                  prefetch={false}
                  className="text-accent underline"
                >
                  {kept('toKeystore')}
                </Link>
              </p>
            ) : null}
          </Notice>
        ) : null}
        <div className="flex flex-col gap-3 empty:hidden sm:flex-row">
          {back ? (
            <Button size="large" wide onPress={onAgain}>
              {t(back)}
            </Button>
          ) : null}
          {words === 'noPasskey' ? (
            <Link href="/passkeys/" prefetch={false} className={`${buttonLook('primary', 'large')} w-full sm:w-auto`}>
              {t('toPasskeys')}
            </Link>
          ) : null}
          {facts.kind === 'physician' ? (
            <Link
              href="/today/"
              className={`${buttonLook(back || words === 'noPasskey' ? 'secondary' : 'primary', 'large')} w-full sm:w-auto`}
            >
              {t('toToday')}
            </Link>
          ) : back ? (
            <Button size="large" look="secondary" wide onPress={onExit}>
              {t('checkDevices')}
            </Button>
          ) : null}
        </div>
        {unfit.includes(words) || (isUnverified && faults.includes('rememberedDemand')) ? (
          <ForgetClinic onForgotten={onAgain} />
        ) : null}
        {facts.kind === 'physician' ? null : <p className="text-ink-soft">{t('mayClose')}</p>}
        {facts.kind === 'patient' ? (
          <div className="flex flex-col gap-1">
            <PortalLink />
            <OwnRecordLink />
            <OwnPageAddress />
          </div>
        ) : null}
        {recorder?.storing()}
        {notes?.requests()}
        {notes ? <AfterVisitNote notes={notes} /> : null}
      </div>
    </PageShell>
  );
}

/** A note that wasn't saved in the visit is still here; one can be begun here too. */
function AfterVisitNote({ notes }: { notes: VisitNotes }) {
  const t = useTranslations('farewell.note');
  const [isWriting, setWriting] = useState(notes.hasDraft);
  return (
    <section aria-label={t('title')} className="flex flex-col gap-4 border-t border-line pt-6">
      <h2 className="text-lg font-semibold">{t('title')}</h2>
      {isWriting ? (
        notes.editor()
      ) : (
        <Button look="secondary" onPress={() => setWriting(true)} wide>
          {t('write')}
        </Button>
      )}
    </section>
  );
}
