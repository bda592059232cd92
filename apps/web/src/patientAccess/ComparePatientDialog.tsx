'use client';

import type { StaffId, VisitId } from '@sotto/protocol/ids';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { Notice } from '../components/Notice.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { checkCodeQuery } from '../keystore/checkCode.ts';
import { livingPasskeys } from '../keystore/directory.ts';
import { directoryQuery } from '../keystore/keystoreQueries.ts';
import type { Pins } from '../keystore/pins.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { CheckCode } from '../passkeys/CheckCode.tsx';
import { useAct } from '../passkeys/useAct.ts';
import type { WaitingPatient } from './waitingPatient.ts';

interface ComparePatientDialogProps {
  waiting: WaitingPatient;
  visit: VisitId;
  me: StaffId;
  name: string;
  pins: Pins;
  onClose: () => void;
  onDone: () => void;
}

/** The clinician compares the number with the patient whom they see and hear, then signs. */
export function ComparePatientDialog({ waiting, visit, me, name, pins, onClose, onDone }: ComparePatientDialogProps) {
  const t = useTranslations('patientAccess');
  const query = useQuery(directoryQuery(pins));
  const directory = query.data ?? { passkeys: [], spoilt: 0 };
  const { enrolment } = waiting;
  const { entry } = enrolment;
  const code = useQuery(checkCodeQuery(enrolment)).data;
  const { acting } = useAct(directory, pins, onDone);
  const hasPasskey = livingPasskeys(directory, me).length > 0;
  const sign = () => {
    if (code === undefined) return;
    acting.mutate({
      matter: { action: 'enrolPatient', visit, entry },
      newcomer: { proven: waiting, shownCode: code },
      signers: [me],
    });
  };
  return (
    <Dialog title={t('title', { name })} isOpen onClose={onClose}>
      <p className="text-ink-soft">{t('how', { name })}</p>
      <p className="font-semibold">{t(entry.kind)}</p>
      <CheckCode enrolment={enrolment} />
      <p className="text-sm text-ink-soft">{t('recorded')}</p>
      {query.isPending ? <Skeleton className="h-11" /> : null}
      {query.isLoadingError ? <TroubleNotice error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.data && !hasPasskey ? <Notice tone="waiting">{t('needsPasskey')}</Notice> : null}
      {acting.isError ? <TroubleNotice error={acting.error} /> : null}
      <div className="flex flex-col-reverse gap-3 sm:flex-row sm:justify-end">
        <Button look="secondary" onPress={onClose} wide>
          {t('different')}
        </Button>
        <Button isPending={acting.isPending} isDisabled={!hasPasskey || code === undefined} onPress={sign} wide>
          {t('same')}
        </Button>
      </div>
    </Dialog>
  );
}
