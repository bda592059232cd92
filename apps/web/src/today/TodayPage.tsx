'use client';

import { useQuery } from '@tanstack/react-query';
import { CalendarPlus, ChevronLeft, ChevronRight } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import { dayQuery, useClinicName } from '../clinic/clinicQueries.ts';
import { Button } from '../components/Button.tsx';
import { IconButton } from '../components/IconButton.tsx';
import { Notice } from '../components/Notice.tsx';
import { PageShell } from '../components/PageShell.tsx';
import { useRouter } from '../i18n/navigation.ts';
import { useNow } from '../i18n/useNow.ts';
import { useTimes } from '../i18n/useTimes.ts';
import { IdleWarning } from '../idle/IdleWarning.tsx';
import { LockablePage } from '../idle/LockablePage.tsx';
import { LockScreen } from '../idle/LockScreen.tsx';
import { useIsLocked } from '../idle/SessionLock.tsx';
import { LazyStoring } from '../recording/LazyStoring.tsx';
import { homeOf } from '../staff/heldRoles.ts';
import { SignInNotices } from '../staff/SignInNotices.tsx';
import { StaffMenu } from '../staff/StaffMenu.tsx';
import { StaffNav } from '../staff/StaffNav.tsx';
import { useStaff } from '../staff/useStaff.ts';
import { DaySkeleton } from './DaySkeleton.tsx';
import { dayOf } from './day.ts';
import { NewVisitDialog } from './NewVisitDialog.tsx';
import { NextVisit } from './NextVisit.tsx';
import { VisitList } from './VisitList.tsx';

/** The clinician's day: its visits, and the next one ready to start. */
export function TodayPage() {
  return (
    <LockablePage>
      <Day />
    </LockablePage>
  );
}

function Day() {
  const t = useTranslations('today');
  const clinic = useClinicName();
  const staff = useStaff('often');
  const router = useRouter();
  const home = staff.tag === 'signedIn' ? homeOf(staff.session.staff) : null;
  const isElsewhere = home !== null && home !== '/today/';
  useEffect(() => {
    // Only physicians have visits.
    if (isElsewhere) router.replace(home);
  }, [isElsewhere, home, router]);
  const isLocked = useIsLocked();
  if (staff.tag === 'signedIn' && isLocked) {
    return (
      <LockScreen>
        <LazyStoring staff={staff.session.staff.id} />
      </LockScreen>
    );
  }
  return (
    <PageShell
      owner={clinic}
      width="wide"
      aside={<StaffMenu name={staff.tag === 'signedIn' ? staff.session.staff.name : null} />}
      nav={staff.tag === 'signedIn' ? <StaffNav staff={staff.session.staff} /> : null}
    >
      {staff.tag === 'failed' ? (
        <Notice tone="danger" title={t('unreachable.title')} live actions={<Retry onPress={staff.retry} />}>
          {t('unreachable.text')}
        </Notice>
      ) : null}
      {staff.tag === 'loading' ? <DaySkeleton label={t('loading')} /> : null}
      {staff.tag === 'signedIn' && !isElsewhere ? (
        <div className="flex flex-col gap-6">
          <SignInNotices session={staff.session} />
          <LazyStoring staff={staff.session.staff.id} />
          <TheDay />
        </div>
      ) : null}
      <IdleWarning place="corner" />
    </PageShell>
  );
}

function Retry({ onPress }: { onPress: () => void }) {
  const t = useTranslations('common');
  return (
    <Button look="secondary" onPress={onPress}>
      {t('tryAgain')}
    </Button>
  );
}

function TheDay() {
  const t = useTranslations('today');
  const times = useTimes();
  const now = useNow(30_000);
  const [offset, setOffset] = useState(0);
  const [isCreating, setCreating] = useState(false);
  const day = dayOf(now, offset);
  const near = times.nearDay(day.from, now);
  const visits = useQuery(dayQuery(day));
  const create = (
    <Button onPress={() => setCreating(true)} wide>
      <CalendarPlus aria-hidden className="size-5" />
      {t('newVisit')}
    </Button>
  );
  return (
    <div className="flex flex-col gap-6">
      <div className="flex flex-wrap items-center justify-between gap-4">
        <div className="flex w-full items-center gap-1 sm:w-auto">
          <h1 className="flex min-w-0 flex-1 flex-col pe-2 text-2xl font-semibold tracking-tight sm:flex-row sm:items-baseline sm:gap-3 sm:text-3xl">
            <span className="first-letter:uppercase">{near ?? times.day(day.from)}</span>
            {near === null ? null : (
              <span className="text-base font-normal tracking-normal sm:text-lg text-ink-soft">
                {times.day(day.from)}
              </span>
            )}
          </h1>
          <IconButton label={t('previousDay')} icon={ChevronLeft} onPress={() => setOffset(offset - 1)} />
          <IconButton label={t('nextDay')} icon={ChevronRight} onPress={() => setOffset(offset + 1)} />
          {offset === 0 ? null : (
            <Button look="quiet" size="small" onPress={() => setOffset(0)}>
              {t('backToToday')}
            </Button>
          )}
        </div>
        {create}
      </div>
      {visits.isError ? (
        <Notice
          tone="danger"
          title={t('unreachable.title')}
          live
          actions={<Retry onPress={() => void visits.refetch()} />}
        >
          {visits.data ? t('unreachable.stale') : t('unreachable.text')}
        </Notice>
      ) : null}
      {visits.isPending ? <DaySkeleton label={t('loading')} /> : null}
      {visits.data ? (
        <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
          <VisitList visits={visits.data.visits} now={now} create={create} />
          <NextVisit visits={visits.data.visits} now={now} isToday={offset === 0} />
        </div>
      ) : null}
      {isCreating ? <NewVisitDialog day={day} onClose={() => setCreating(false)} /> : null}
    </div>
  );
}
