'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import { type VisitId, visitId } from '@sotto/protocol/ids';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { type ReactNode, useEffect, useState } from 'react';
import { useClinicName, visitQuery } from '../clinic/clinicQueries.ts';
import { faultCode } from '../clinic/errors.ts';
import { Button } from '../components/Button.tsx';
import { buttonLook } from '../components/buttonLook.ts';
import { FocusHeading } from '../components/FocusHeading.tsx';
import { PageShell } from '../components/PageShell.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { UnsupportedBrowser } from '../deviceCheck/UnsupportedBrowser.tsx';
import { Link, useRouter } from '../i18n/navigation.ts';
import { IdleWarning } from '../idle/IdleWarning.tsx';
import { LockablePage } from '../idle/LockablePage.tsx';
import { LockScreen } from '../idle/LockScreen.tsx';
import { useIsLocked } from '../idle/SessionLock.tsx';
import { useCanSeal } from '../media/useCanSeal.ts';
import { visitRecord } from '../record/recordAddress.ts';
import { PasskeyNotice } from '../staff/PasskeyNotice.tsx';
import { StaffMenu } from '../staff/StaffMenu.tsx';
import { useStaff } from '../staff/useStaff.ts';
import { VisitFlow } from './VisitFlow.tsx';

/** One visit for its clinician; which one is behind the `#`. A note that isn't saved isn't lost without a question. */
export function VisitPage() {
  return (
    <LockablePage>
      <GuardedVisit />
    </LockablePage>
  );
}

function GuardedVisit() {
  const staff = useStaff('once');
  const isLocked = useIsLocked();
  const canSeal = useCanSeal();
  const [id, setId] = useState<VisitId | 'none' | null>(null);
  useEffect(() => {
    const read = () => setId(visitId.safeParse(window.location.hash.slice(1)).data ?? 'none');
    read();
    window.addEventListener('hashchange', read);
    return () => window.removeEventListener('hashchange', read);
  }, []);
  if (staff.tag === 'signedIn' && staff.session.mayHost && canSeal && id !== null && id !== 'none') {
    return <OneVisit key={id} id={id} staff={staff.session.staff} />;
  }
  if (staff.tag === 'signedIn' && isLocked) return <LockScreen />;
  return (
    <Frame name={staff.tag === 'signedIn' ? staff.session.staff.name : null}>
      {canSeal === false ? <UnsupportedBrowser /> : null}
      {canSeal && staff.tag === 'failed' ? <Problem problem="unreachable" onRetry={staff.retry} /> : null}
      {canSeal && staff.tag === 'signedIn' && !staff.session.mayHost ? <PasskeyNotice session={staff.session} /> : null}
      {canSeal && staff.tag === 'signedIn' && id === 'none' ? <Problem problem="notFound" /> : null}
      {canSeal !== false && staff.tag === 'loading' ? <Loading /> : null}
    </Frame>
  );
}

function OneVisit({ id, staff }: { id: VisitId; staff: StaffSession['staff'] }) {
  const router = useRouter();
  const isLocked = useIsLocked();
  const query = useQuery({
    ...visitQuery(id),
    ...{ enabled: !isLocked, refetchOnWindowFocus: false, refetchOnReconnect: false },
  });
  const code = query.isError && !query.data ? faultCode(query.error) : null;
  const isSignedOut = code === 'unauthenticated';
  useEffect(() => {
    if (isSignedOut) router.replace(`/sign-in/#${id}`);
  }, [isSignedOut, router, id]);
  const isOver = query.data?.status === 'ended' || query.data?.status === 'cancelled';
  if (query.data && !isOver) return <VisitFlow visit={query.data} staff={staff} />;
  if (isLocked) return <LockScreen />;
  return (
    <Frame name={staff.name}>
      {isOver ? <Problem problem="over" record={id} /> : null}
      {code !== null && !isSignedOut ? (
        <Problem
          problem={code === 'notFound' || code === 'forbidden' ? 'notFound' : 'unreachable'}
          onRetry={() => void query.refetch()}
        />
      ) : null}
      {query.isPending || isSignedOut ? <Loading /> : null}
    </Frame>
  );
}

function Frame({ name, children }: { name: string | null; children: ReactNode }) {
  const clinic = useClinicName();
  return (
    <PageShell owner={clinic} aside={<StaffMenu name={name} />}>
      {children}
      <IdleWarning place="corner" />
    </PageShell>
  );
}

function Loading() {
  const t = useTranslations('visit');
  return (
    <div role="status" className="flex flex-col gap-5">
      <span className="sr-only">{t('loading')}</span>
      <Skeleton className="h-9 w-3/5" />
      <Skeleton className="aspect-video w-full" />
    </div>
  );
}

interface ProblemProps {
  problem: 'unreachable' | 'notFound' | 'over';
  onRetry?: () => void;
  /** Whose notes are still there. */
  record?: VisitId;
}

function Problem({ problem, onRetry, record }: ProblemProps) {
  const t = useTranslations('visit.problem');
  return (
    <div className="flex flex-col gap-5">
      <FocusHeading>{t(`${problem}.title`)}</FocusHeading>
      <p className="text-lg text-ink-soft">{t(`${problem}.text`)}</p>
      <div className="flex flex-col gap-3 sm:flex-row">
        {onRetry && problem === 'unreachable' ? (
          <Button wide onPress={onRetry}>
            {t('tryAgain')}
          </Button>
        ) : null}
        <Link href="/today/" className={`${buttonLook('secondary')} w-full sm:w-auto`}>
          {t('toToday')}
        </Link>
        {record ? (
          <Link href={visitRecord(record)} prefetch={false} className={`${buttonLook('quiet')} w-full sm:w-auto`}>
            {t('toRecord')}
          </Link>
        ) : null}
      </div>
    </div>
  );
}
