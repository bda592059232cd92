'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import type { PatientId, StaffId } from '@sotto/protocol/ids';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import { Badge } from '../components/Badge.tsx';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { OlderButton } from '../components/OlderButton.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { Link } from '../i18n/navigation.ts';
import { useTimes } from '../i18n/useTimes.ts';
import type { CheckedDirectory } from '../keystore/directory.ts';
import { personNames } from '../keystore/names.ts';
import type { Pins } from '../keystore/pins.ts';
import { type Restriction, restrictionOfAll } from '../keystore/restrictions.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import type { ActDone } from '../passkeys/performAct.ts';
import { recordingsIn } from '../player/recordings.ts';
import { recordingRecord } from '../record/recordAddress.ts';
import { KeptObjects } from './KeptObjects.tsx';
import { keptObjectsQuery, keptQuery } from './keptQueries.ts';
import { keptThings } from './keptThings.ts';
import { PatientRestriction } from './PatientRestriction.tsx';
import { ReceiptDialog } from './ReceiptDialog.tsx';
import { readReceipt } from './receipt.ts';
import { SignDialog, type SignWish } from './SignDialog.tsx';
import { useKeptWishes } from './useKeptWishes.ts';

interface OnePatientProps {
  patient: PatientId;
  staff: StaffSession['staff'];
  directory: CheckedDirectory & { readonly people: readonly { readonly id: StaffId; readonly name: string }[] };
  pins: Pins;
}

/** One patient's hold, restrictions, keys and sealed notes, and what an officer may do with them. */
export function OnePatient({ patient, staff, directory, pins }: OnePatientProps) {
  const t = useTranslations('kept.one');
  const times = useTimes();
  const query = useQuery(keptQuery(patient, pins));
  const written = useInfiniteQuery(keptObjectsQuery(patient));
  const objects = written.data?.pages.flatMap((page) => page.objects) ?? [];
  const recordings = recordingsIn(objects);
  const [wish, setWish] = useState<SignWish | null>(null);
  const [receipts, setReceipts] = useState<readonly ActDone[]>([]);
  const nameOf = personNames(directory.people);
  const namesOf = ({ by }: Restriction) => by.map(nameOf).join(', ');
  const isHeld = (query.data?.heldSince ?? null) !== null;
  const restrictions = query.data?.restrictions ?? [];
  const ofAll = restrictionOfAll(restrictions);
  const wishes = useKeptWishes(patient, directory, staff.id, restrictions);
  const { hasNextPage, isFetching, isError, fetchNextPage } = written;
  useEffect(() => {
    // Objects of one recording may be in two parts of the list, and are restricted together.
    if (recordings.length > 0 && hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [recordings.length, hasNextPage, isFetching, isError, fetchNextPage]);
  return (
    <section aria-labelledby="one-title" className="flex flex-col gap-5 rounded-lg border border-line bg-surface p-5">
      <h2 id="one-title" className="text-xl font-semibold tracking-tight break-all">
        {t('title', { patient })}
      </h2>
      {query.isError ? <TroubleNotice error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isPending ? <Skeleton className="h-40" /> : null}
      {query.data ? (
        <>
          {query.data.heldSince === null ? (
            <div className="flex flex-wrap items-center justify-between gap-3">
              <p className="text-ink-soft">{t('notHeld')}</p>
              <Button look="secondary" onPress={() => setWish(wishes.hold())} wide>
                {t('hold')}
              </Button>
            </div>
          ) : (
            <Notice
              tone="waiting"
              title={t('held', { when: times.stamp(new Date(query.data.heldSince)) })}
              actions={
                <Button look="secondary" onPress={() => setWish(wishes.liftHold())}>
                  {t('lift')}
                </Button>
              }
            >
              {t('heldText')}
            </Notice>
          )}
          <PatientRestriction
            restriction={ofAll}
            names={ofAll === null ? '' : namesOf(ofAll)}
            onRestrict={() => setWish(wishes.restrict(null))}
            onLift={() => setWish(wishes.liftRestriction(null))}
          />
          <h3 className="font-semibold">{t('keys')}</h3>
          {query.data.keys.length === 0 ? <p className="text-ink-soft">{t('noKeys')}</p> : null}
          <ul aria-label={t('keys')} className="divide-y divide-line empty:hidden">
            {query.data.keys.map((key) => (
              <li key={key.credential} className="flex flex-wrap items-center justify-between gap-x-5 gap-y-2 py-3">
                <div className="min-w-48 flex-1">
                  <p className="flex flex-wrap items-center gap-2">
                    <span className="font-medium">{t(key.kind, { end: key.credential.slice(-4) })}</span>
                    {key.isActive ? null : <Badge tone="waiting">{t('waits')}</Badge>}
                  </p>
                  <p className="text-sm text-ink-soft">
                    {t('keyBy', {
                      when: times.stamp(new Date(key.enrolledAt)),
                      names: key.enrolledBy.map(nameOf).join(', '),
                    })}
                  </p>
                  {key.isActive ? null : (
                    <p className="text-sm text-ink-soft">
                      {t('from', { when: times.stamp(new Date(key.activeFrom)) })}
                    </p>
                  )}
                </div>
                <Button
                  look="dangerQuiet"
                  aria-label={`${t('endKey')}: ${t(key.kind, { end: key.credential.slice(-4) })}`}
                  onPress={() => setWish(wishes.revoke(key))}
                >
                  {t('endKey')}
                </Button>
              </li>
            ))}
          </ul>
          <h3 className="font-semibold">{t('objects')}</h3>
          {written.isError ? <TroubleNotice error={written.error} onRetry={() => void written.refetch()} /> : null}
          {written.isPending ? <Skeleton className="h-24" /> : null}
          {written.data && objects.length === 0 ? <p className="text-ink-soft">{t('noObjects')}</p> : null}
          <KeptObjects
            {...{ restrictions, isHeld, namesOf, wishes, onWish: setWish }}
            things={keptThings(objects)}
            isAll={!written.hasNextPage}
          />
          <OlderButton query={written} />
          {recordings.length > 0 ? (
            <ul aria-label={t('review')} className="flex flex-col empty:hidden">
              {recordings.map((listed) => (
                <li key={listed.recording}>
                  <Link
                    href={recordingRecord(listed.objects.map(({ object }) => object))}
                    prefetch={false}
                    className="inline-flex min-h-11 items-center text-accent"
                  >
                    {t('reviewOne', { name: listed.writer.name, when: times.stamp(new Date(listed.storedAt)) })}
                  </Link>
                </li>
              ))}
            </ul>
          ) : null}
          <div className="flex flex-wrap items-center justify-between gap-3 border-t border-line pt-5">
            <p className="text-ink-soft">{t('allText')}</p>
            <Button look="dangerQuiet" isDisabled={isHeld} onPress={() => setWish(wishes.shred(null))} wide>
              {t('shredAll')}
            </Button>
          </div>
        </>
      ) : null}
      {wish ? (
        <SignDialog
          wish={wish}
          me={staff.id}
          nameOf={nameOf}
          directory={directory}
          pins={pins}
          onClose={() => setWish(null)}
          onDone={(done) => {
            setReceipts(done.filter((one) => readReceipt(one) !== null));
            setWish(null);
          }}
        />
      ) : null}
      {receipts.length > 0 ? <ReceiptDialog done={receipts} nameOf={nameOf} onClose={() => setReceipts([])} /> : null}
    </section>
  );
}
