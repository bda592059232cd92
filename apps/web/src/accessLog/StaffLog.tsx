'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Notice } from '../components/Notice.tsx';
import { PageTitle } from '../components/PageTitle.tsx';
import { Select } from '../components/Select.tsx';
import { Link } from '../i18n/navigation.ts';
import { KeystoreGate } from '../keystore/KeystoreGate.tsx';
import type { About, Followed } from '../keystore/keystoreApi.ts';
import { OfficerNotices } from '../notices/OfficerNotices.tsx';
import { holds } from '../staff/heldRoles.ts';
import { EntryList } from './EntryList.tsx';

interface StaffLogProps {
  staff: StaffSession['staff'];
  /** Whose entries were asked for by the address; null for nobody's in particular. */
  followed: Followed | null;
}

/** The log for staff: one's own acts, everything (officers), or one patient's or person's. */
export function StaffLog({ staff, followed }: StaffLogProps) {
  const t = useTranslations('log');
  const isOfficer = holds(staff, 'privacyOfficer');
  const parts = [...(isOfficer ? (['all'] as const) : []), 'own' as const, ...(followed ? [followed.of] : [])];
  const [part, setPart] = useState<(typeof parts)[number]>(followed?.of ?? (isOfficer ? 'all' : 'own'));
  const [isPlatform, setPlatform] = useState(false);
  const ofPart = followed?.of === part ? followed : null;
  const aboutAccess: About = ofPart ?? { of: part === 'all' ? 'all' : 'own' };
  const ownActs = { of: 'person', person: staff.id } as const;
  const about: About = isPlatform
    ? { of: 'platform', followed: ofPart ?? (part === 'own' ? ownActs : null) }
    : aboutAccess;
  return (
    <div className="flex flex-col gap-6">
      <div className="flex flex-wrap items-end justify-between gap-4">
        <div className="min-w-60 flex-1">
          <PageTitle text={t(isPlatform ? 'platformText' : 'text')}>{t('title')}</PageTitle>
        </div>
        {isOfficer ? (
          <div className="w-full sm:w-64">
            <Select
              label={t('which.label')}
              value={isPlatform ? 'platform' : 'access'}
              onChange={(value) => setPlatform(value === 'platform')}
              options={(['access', 'platform'] as const).map((one) => ({ value: one, label: t(`which.${one}`) }))}
            />
          </div>
        ) : null}
        {parts.length > 1 ? (
          <div className="w-full sm:w-64">
            <Select
              label={t('part.label')}
              value={part}
              onChange={(value) => setPart(parts.find((one) => one === value) ?? 'own')}
              options={parts.map((one) => ({ value: one, label: t(`part.${one}`) }))}
            />
          </div>
        ) : null}
      </div>
      {isOfficer ? <OfficerNotices staff={staff.id} /> : null}
      {isOfficer ? (
        <Link href="/outbox/" prefetch={false} className="inline-flex min-h-11 items-center self-start text-accent">
          {t('outbox')}
        </Link>
      ) : null}
      <KeystoreGate>
        {({ identity, pins }) => (
          <>
            <EntryList
              key={`${isPlatform ? 'platform' : 'access'} ${part}`}
              about={about}
              pins={pins}
              reader={staff.id}
              keepsKeys={isOfficer}
            />
            {identity.master === 'software' && isOfficer ? <Notice>{t('software')}</Notice> : null}
          </>
        )}
      </KeystoreGate>
    </div>
  );
}
