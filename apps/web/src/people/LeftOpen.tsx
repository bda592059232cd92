'use client';

import type { StaffPerson } from '@sotto/protocol/people';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { Notice } from '../components/Notice.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { Link } from '../i18n/navigation.ts';
import { livingPasskeys } from '../keystore/directory.ts';
import { KeystoreGate } from '../keystore/KeystoreGate.tsx';
import { directoryQuery } from '../keystore/keystoreQueries.ts';
import type { Pins } from '../keystore/pins.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { leftOpenQuery } from './peopleApi.ts';

/** What is left of somebody whom the clinic let go: passkeys for an officer to end, visits, unfinished work. */
export function LeftOpen({ person }: { person: StaffPerson }) {
  const t = useTranslations('staffPeople.left');
  const query = useQuery(leftOpenQuery(person.id));
  const { visits = 0, unfinished = 0 } = query.data ?? {};
  return (
    <div className="flex flex-col gap-4">
      <KeystoreGate>{({ pins }) => <Passkeys person={person} pins={pins} />}</KeystoreGate>
      {query.isPending ? <Skeleton className="h-12" /> : null}
      {query.isError ? <TroubleNotice error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.data ? (
        <ul className="flex flex-col gap-2 text-ink-soft">
          <li>{visits === 0 ? t('noVisits') : t('visits', { count: visits })}</li>
          <li>{unfinished === 0 ? t('nothingUnfinished') : t('unfinished', { count: unfinished })}</li>
        </ul>
      ) : null}
    </div>
  );
}

function Passkeys({ person, pins }: { person: StaffPerson; pins: Pins }) {
  const t = useTranslations('staffPeople.left');
  const query = useQuery(directoryQuery(pins));
  if (query.isPending) return <Skeleton className="h-20" />;
  if (query.isError) return <TroubleNotice error={query.error} onRetry={() => void query.refetch()} />;
  const count = livingPasskeys(query.data, person.id).length;
  if (count === 0) return <p className="text-ink-soft">{t('noPasskeys')}</p>;
  return (
    <Notice
      tone="waiting"
      title={t('passkeys', { count })}
      actions={
        <Link href="/passkeys/" prefetch={false} className="inline-flex min-h-11 items-center text-accent">
          {t('toPasskeys')}
        </Link>
      }
    >
      {t('passkeysText')}
    </Notice>
  );
}
