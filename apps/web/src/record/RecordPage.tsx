'use client';

import { useTranslations } from 'next-intl';
import { useSyncExternalStore } from 'react';
import { buttonLook } from '../components/buttonLook.ts';
import { Notice } from '../components/Notice.tsx';
import { Link } from '../i18n/navigation.ts';
import { KeystoreGate } from '../keystore/KeystoreGate.tsx';
import { LinkedRecording } from '../player/LinkedRecording.tsx';
import { StaffPage } from '../staff/StaffPage.tsx';
import { EmergencyLink } from './EmergencyLink.tsx';
import { ObjectRecord } from './ObjectRecord.tsx';
import { parseRecordAddress } from './recordAddress.ts';
import { VisitRecord } from './VisitRecord.tsx';

function onHashChange(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

/** Sealed notes and recordings, of a visit or one by its link; which is behind the `#`. */
export function RecordPage() {
  const hash = useSyncExternalStore(
    onHashChange,
    () => window.location.hash,
    () => '',
  );
  const address = parseRecordAddress(hash);
  return (
    <StaffPage width="narrow" isForEmergencies>
      {(staff) =>
        address === null ? (
          staff.resting === null ? (
            <NoAddress />
          ) : (
            <EmergencyLink />
          )
        ) : (
          <KeystoreGate>
            {({ pins }) =>
              address.of === 'visit' ? (
                <VisitRecord key={address.visit} visit={address.visit} staff={staff} pins={pins} />
              ) : address.of === 'recording' ? (
                <LinkedRecording key={address.objects.join()} objects={address.objects} staff={staff} pins={pins} />
              ) : (
                <ObjectRecord key={address.object} object={address.object} staff={staff} pins={pins} />
              )
            }
          </KeystoreGate>
        )
      }
    </StaffPage>
  );
}

function NoAddress() {
  const t = useTranslations('record.none');
  return (
    <Notice
      title={t('title')}
      actions={
        <Link href="/today/" className={buttonLook('secondary')}>
          {t('toToday')}
        </Link>
      }
    >
      {t('text')}
    </Notice>
  );
}
