'use client';

import type { PatientSession } from '@sotto/protocol/patientSignIn';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { useClinicName } from '../clinic/clinicQueries.ts';
import { buttonLook } from '../components/buttonLook.ts';
import { FocusHeading } from '../components/FocusHeading.tsx';
import { Notice } from '../components/Notice.tsx';
import { PageShell } from '../components/PageShell.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { Link } from '../i18n/navigation.ts';
import { forgetRead } from '../idle/forgetRead.ts';
import { KeystoreGate } from '../keystore/KeystoreGate.tsx';
import type { Pins } from '../keystore/pins.ts';
import { ReadersWords } from '../keystore/readersWords.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { ownTroubleWords } from '../portal/ownTroubleWords.ts';
import { PatientSignIn } from '../portal/PatientSignIn.tsx';
import { SignedInNote } from '../portal/SignedInNote.tsx';
import { usePatientSession } from '../portal/usePatientSession.ts';
import { useForgotten } from './useForgotten.ts';

interface PatientPageProps {
  /** Which words: the title, what the page is for, and what to do without a session. */
  words: 'portal' | 'log.mine';
  /** The way to the patient's other page. */
  other: ReactNode;
  children: (pins: Pins) => ReactNode;
}

/** How somebody who was signed in here isn't any more. */
type Gone = 'forgotten' | 'signedOut';

/**
 * A page for the patient whose link was opened in this browser, or who signs in by a key of theirs: what is inside shows only with
 * a session and a known keystore.
 */
export function PatientPage({ words, other, children }: PatientPageProps) {
  const t = useTranslations(words);
  const clinic = useClinicName();
  const queries = useQueryClient();
  const [gone, setGone] = useState<Gone | null>(null);
  const { query, isOver, wasByKey, begin, forget } = usePatientSession(gone === null);
  const forgotten = useCallback(() => setGone('forgotten'), []);
  useForgotten(query.data?.visit ?? query.data?.patient, forgotten);
  const [whose, setWhose] = useState<PatientSession['patient'] | null>(null);
  const now = gone === null ? query.data?.patient : undefined;
  if (now !== undefined && whose === null) setWhose(now);
  // A link of another patient was opened in this browser: what is here was somebody else's.
  if (now !== undefined && whose !== null && now !== whose) setGone('forgotten');
  const isNobody = gone !== null || isOver;
  useEffect(() => {
    // Once nothing that is shown reads it any more.
    if (isNobody) forgetRead(queries);
    if (gone !== null) forget();
  }, [isNobody, gone, forget, queries]);
  const session = isNobody ? undefined : query.data;
  const notice = gone === 'signedOut' ? 'out' : wasByKey ? 'over' : null;
  return (
    <ReadersWords value={ownTroubleWords}>
      <PageShell owner={clinic}>
        <div className="flex flex-col gap-8">
          <div className="flex flex-col gap-2">
            <FocusHeading takeFocus={false}>{t('title')}</FocusHeading>
            <p className="text-lg text-ink-soft">{t('text')}</p>
          </div>
          {query.isPending && !isNobody ? <Skeleton className="h-64" /> : null}
          {isNobody ? (
            <>
              <WayIn
                notice={notice}
                onSignedIn={(began) => {
                  begin(began);
                  setWhose(began.patient);
                  setGone(null);
                }}
              />
              <p className="text-ink-soft">{t('noSession')}</p>
            </>
          ) : null}
          {query.isLoadingError && !isNobody ? (
            <TroubleNotice error={query.error} onRetry={() => void query.refetch()} />
          ) : null}
          {session ? (
            <>
              {session.ends === null ? null : (
                <SignedInNote
                  session={session}
                  idleSeconds={session.ends.idleSeconds}
                  onSignedOut={() => setGone('signedOut')}
                />
              )}
              <KeystoreGate>{({ pins }) => children(pins)}</KeystoreGate>
              <div className="flex flex-col gap-3">
                {other}
                {session.visit === null ? null : (
                  <Link href="/join/" prefetch={false} className={`${buttonLook('secondary')} self-start`}>
                    {t('back')}
                  </Link>
                )}
              </div>
            </>
          ) : null}
        </div>
      </PageShell>
    </ReadersWords>
  );
}

interface WayInProps {
  /** What became of whoever was signed in here a moment ago; null where nobody was. */
  notice: 'out' | 'over' | null;
  onSignedIn: (session: PatientSession) => void;
}

/** Where nobody is signed in: a patient may come in by a key of theirs. */
function WayIn({ notice, onSignedIn }: WayInProps) {
  const t = useTranslations('portal.signIn');
  return (
    <>
      {notice === null ? null : (
        <Notice tone="waiting" title={t(`${notice}.title`)} live>
          {t(`${notice}.text`)}
        </Notice>
      )}
      <KeystoreGate>{({ pins }) => <PatientSignIn pins={pins} onSignedIn={onSignedIn} />}</KeystoreGate>
    </>
  );
}
