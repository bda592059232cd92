'use client';

import type { StaffSession, Visit } from '@sotto/protocol/clinic';
import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import { useClinicName } from '../clinic/clinicQueries.ts';
import { FocusHeading } from '../components/FocusHeading.tsx';
import { PageShell } from '../components/PageShell.tsx';
import { DeviceCheck } from '../deviceCheck/DeviceCheck.tsx';
import { LazyGuestSection } from '../guests/LazyGuestSection.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import { CallLock } from '../idle/CallLock.tsx';
import { IdleWarning } from '../idle/IdleWarning.tsx';
import { LockScreen } from '../idle/LockScreen.tsx';
import { useIsLocked } from '../idle/SessionLock.tsx';
import { useLocalDevices } from '../media/useLocalDevices.ts';
import { LazyNoteEditor } from '../notes/LazyNoteEditor.tsx';
import { NotePanel } from '../notes/NotePanel.tsx';
import { useNoteDesk } from '../notes/useNoteDesk.ts';
import { LazyPatientRequests } from '../patientAccess/LazyPatientRequests.tsx';
import { LazyRecorderBooth } from '../recording/LazyRecorderBooth.tsx';
import { LazyStoring } from '../recording/LazyStoring.tsx';
import { StaffMenu } from '../staff/StaffMenu.tsx';
import { CallEntrance, preloadCall } from './CallEntrance.tsx';
import { hadEntered, rememberEntered } from './enteredVisit.ts';
import type { VisitLock } from './visitLock.ts';
import type { VisitNotes } from './visitNotes.ts';
import type { VisitRecorder } from './visitRecorder.ts';

/** The clinician's way into a visit: a short look at camera and microphone, then the call. */
export function VisitFlow({ visit, staff }: { visit: Visit; staff: StaffSession['staff'] }) {
  const t = useTranslations('visit');
  const times = useTimes();
  const clinic = useClinicName();
  const devices = useLocalDevices();
  const [entered, setEntered] = useState(() => hadEntered(visit.id));
  const { desk, hasDraft } = useNoteDesk(visit.id, staff.id);
  const notes: VisitNotes = {
    hasDraft,
    panel: (onClose) => <NotePanel desk={desk} staff={staff.id} onClose={onClose} />,
    editor: () => <LazyNoteEditor desk={desk} staff={staff.id} />,
    requests: () => <LazyPatientRequests visit={visit.id} staff={staff.id} />,
  };
  const recorder: VisitRecorder = {
    booth: (props) => <LazyRecorderBooth {...props} visit={visit.id} staff={staff.id} />,
    storing: () => <LazyStoring staff={staff.id} />,
  };
  const isLocked = useIsLocked();
  const lock: VisitLock = {
    isLocked,
    warning: () => <IdleWarning place="strip" />,
    line: () => <CallLock />,
    screen: (goesOn) => <LockScreen>{goesOn}</LockScreen>,
  };
  useEffect(() => {
    if (entered) rememberEntered(visit.id);
    else preloadCall();
  }, [entered, visit.id]);
  if (entered) {
    return (
      <CallEntrance
        devices={devices}
        facts={{ kind: 'physician', visit, staffId: staff.id }}
        notes={notes}
        guests={(props) => <LazyGuestSection {...props} visit={visit} />}
        recorder={recorder}
        lock={lock}
        onExit={() => setEntered(false)}
      />
    );
  }
  if (isLocked) return <LockScreen />;
  return (
    <PageShell owner={clinic} aside={<StaffMenu name={staff.name} />}>
      <div className="flex flex-col gap-6">
        <div className="flex flex-col gap-1">
          <FocusHeading takeFocus={false}>{t('title', { name: visit.patient.name })}</FocusHeading>
          <p className="text-ink-soft first-letter:uppercase">{times.dayAndTime(new Date(visit.startsAt))}</p>
        </div>
        <DeviceCheck
          devices={devices}
          reason={<p>{t('reason', { name: visit.patient.name })}</p>}
          action={t('enter')}
          onContinue={() => setEntered(true)}
        />
      </div>
      <IdleWarning place="corner" />
    </PageShell>
  );
}
