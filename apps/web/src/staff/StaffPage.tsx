'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useClinicName } from '../clinic/clinicQueries.ts';
import { Button } from '../components/Button.tsx';
import { buttonLook } from '../components/buttonLook.ts';
import { Notice } from '../components/Notice.tsx';
import { PageShell } from '../components/PageShell.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { Link } from '../i18n/navigation.ts';
import { IdleWarning } from '../idle/IdleWarning.tsx';
import { LockablePage } from '../idle/LockablePage.tsx';
import { LockScreen } from '../idle/LockScreen.tsx';
import { useIsLocked } from '../idle/SessionLock.tsx';
import { DisabledNotice } from './DisabledNotice.tsx';
import { SignInNotices } from './SignInNotices.tsx';
import { StaffMenu } from './StaffMenu.tsx';
import { StaffNav } from './StaffNav.tsx';
import { useStaff } from './useStaff.ts';

interface StaffPageProps {
  /** `wide` for lists. */
  width?: 'narrow' | 'wide';
  /** Whether it is of use to somebody whose account is disabled; else they read why not. */
  isForEmergencies?: boolean;
  children: (staff: StaffSession['staff']) => ReactNode;
}

/** A page for who is signed in; leads to the sign-in page when nobody is. An unsaved note isn't lost without a question. */
export function StaffPage(props: StaffPageProps) {
  return (
    <LockablePage>
      <GuardedPage {...props} />
    </LockablePage>
  );
}

function GuardedPage({ width = 'wide', isForEmergencies = false, children }: StaffPageProps) {
  const t = useTranslations('common');
  const clinic = useClinicName();
  const staff = useStaff('often');
  const isLocked = useIsLocked();
  if (staff.tag === 'signedIn' && isLocked) return <LockScreen>{staff.isExpired ? <Expired /> : null}</LockScreen>;
  const person = staff.tag === 'signedIn' ? staff.session.staff : null;
  const isShut = !isForEmergencies && person !== null && person.resting !== null;
  return (
    <PageShell
      owner={clinic}
      width={width}
      aside={<StaffMenu name={person?.name ?? null} />}
      nav={person ? <StaffNav staff={person} /> : null}
    >
      {staff.tag === 'failed' ? (
        <Notice
          tone="danger"
          title={t('unreachable.title')}
          live
          actions={
            <Button look="secondary" onPress={staff.retry}>
              {t('tryAgain')}
            </Button>
          }
        >
          {t('unreachable.text')}
        </Notice>
      ) : null}
      {staff.tag === 'loading' ? (
        <div role="status" className="flex flex-col gap-4">
          <span className="sr-only">{t('loading')}</span>
          <Skeleton className="h-9 w-3/5" />
          <Skeleton className="h-28" />
        </div>
      ) : null}
      {staff.tag === 'signedIn' && staff.isExpired ? <Expired /> : null}
      {isShut ? <DisabledNotice isElsewhere /> : null}
      {staff.tag === 'signedIn' && !staff.isExpired && !isShut ? (
        <div className="flex flex-col gap-4 not-empty:pb-6">
          <SignInNotices session={staff.session} />
        </div>
      ) : null}
      {person && !isShut ? children(person) : null}
      <IdleWarning place="corner" />
    </PageShell>
  );
}

function Expired() {
  const t = useTranslations('common.expired');
  return (
    <div className="pb-6">
      <Notice
        tone="waiting"
        title={t('title')}
        live
        actions={
          <Link href="/sign-in/" prefetch={false} target="_blank" className={buttonLook('secondary')}>
            {t('action')}
          </Link>
        }
      >
        {t('text')}
      </Notice>
    </div>
  );
}
