'use client';

import type { PortalView } from '@sotto/protocol/records';
import { FileKey2, KeyRound } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useClinicName } from '../clinic/clinicQueries.ts';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { canUsePasskeys } from '../keystore/passkey.ts';
import type { Pins } from '../keystore/pins.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { CheckCode } from '../passkeys/CheckCode.tsx';
import { NewCode } from './NewCode.tsx';
import { standingOf } from './ownRequest.ts';
import type { PatientKey } from './patientKeys.ts';
import { useKeySetup } from './useKeySetup.ts';

interface KeySetupProps {
  patient: PortalView['patient'];
  visit: NonNullable<PortalView['visit']>;
  keys: readonly PatientKey[];
  pins: Pins;
}

/** A patient sets up a key of their own: which kind, then the number that their clinician compares. */
export function KeySetup({ patient, visit, keys, pins }: KeySetupProps) {
  const t = useTranslations('portal.setup');
  const clinicName = useClinicName() ?? '';
  const setup = useKeySetup({ patient, visit: visit.id, pins, clinicName, keys });
  const { request, passkey, finishing, newCode, code } = setup;
  const standing = request === null ? null : standingOf(request, keys);
  const error = finishing.error ?? passkey.error ?? newCode.error;
  const isPending = passkey.isPending || finishing.isPending;
  if (newCode.data) {
    const putAway = () => {
      newCode.reset();
      code.reset();
    };
    return (
      <NewCode
        patientName={patient.name}
        clinicName={clinicName}
        made={newCode.data}
        handing={code}
        onCancel={putAway}
        onDone={putAway}
      />
    );
  }
  return (
    <div className="flex flex-col gap-5">
      {standing === 'swapped' ? (
        <Notice tone="danger" title={t('swapped.title')} live>
          {t('swapped.text')}
        </Notice>
      ) : null}
      {standing === 'counts' ? (
        <Notice tone="verified" title={t('done.title')} live>
          {t('done.text')}
        </Notice>
      ) : null}
      {request !== null && standing === 'waits' && request.handedIn ? (
        <div role="status" className="flex flex-col gap-3 rounded-lg border border-waiting-line bg-waiting-soft p-5">
          <h3 className="font-semibold">{t('waits.title', { clinician: visit.clinicianName })}</h3>
          <p className="text-ink-soft">{t('waits.text', { clinician: visit.clinicianName })}</p>
          <CheckCode enrolment={request.enrolment} />
          <p className="text-sm text-ink-soft">{t('waits.until')}</p>
          <div>
            <Button look="quiet" onPress={setup.forget}>
              {t('waits.forget')}
            </Button>
          </div>
        </div>
      ) : null}
      {request !== null && standing === 'waits' && !request.handedIn && !isPending ? (
        <Notice
          tone="waiting"
          title={t('unfinished.title')}
          actions={
            <>
              <Button onPress={() => finishing.mutate(request.enrolment)}>{t('unfinished.action')}</Button>
              <Button look="quiet" onPress={setup.forget}>
                {t('unfinished.forget')}
              </Button>
            </>
          }
        >
          {t('unfinished.text')}
        </Notice>
      ) : null}
      {error !== null && !isPending ? <TroubleNotice error={error} /> : null}
      {request !== null && standing === 'waits' && !isPending ? null : (
        <ul className="grid gap-4 sm:grid-cols-2">
          <li className="flex flex-col gap-3 rounded-lg border border-line bg-surface p-5">
            <h3 className="flex items-center gap-2.5 font-semibold">
              <KeyRound aria-hidden className="size-5 shrink-0 text-accent" />
              {t('passkey.title')}
            </h3>
            <p className="flex-1 text-ink-soft">{t(canUsePasskeys() ? 'passkey.text' : 'passkey.unsupported')}</p>
            {canUsePasskeys() ? (
              <Button isPending={isPending} onPress={() => passkey.mutate()} wide>
                {t('passkey.action')}
              </Button>
            ) : null}
          </li>
          <li className="flex flex-col gap-3 rounded-lg border border-line bg-surface p-5">
            <h3 className="flex items-center gap-2.5 font-semibold">
              <FileKey2 aria-hidden className="size-5 shrink-0 text-accent" />
              {t('code.title')}
            </h3>
            <p className="flex-1 text-ink-soft">{t('code.text')}</p>
            <Button
              look="secondary"
              isDisabled={isPending}
              isPending={newCode.isPending}
              onPress={() => newCode.mutate()}
              wide
            >
              {t('code.action')}
            </Button>
          </li>
        </ul>
      )}
    </div>
  );
}
