'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Siren } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { PageTitle } from '../components/PageTitle.tsx';
import { RowList } from '../components/RowList.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { useNow } from '../i18n/useNow.ts';
import { livingPasskeys } from '../keystore/directory.ts';
import { KeystoreGate } from '../keystore/KeystoreGate.tsx';
import { directoryQuery } from '../keystore/keystoreQueries.ts';
import type { Pins } from '../keystore/pins.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { officerRole } from '../passkeys/officers.ts';
import { holds } from '../staff/heldRoles.ts';
import { StaffPage } from '../staff/StaffPage.tsx';
import { ContainDialog, type Containing } from './ContainDialog.tsx';
import { HeldUp } from './HeldUp.tsx';
import { IncidentCard } from './IncidentCard.tsx';
import { incidentsQuery, noteStep } from './incidentsApi.ts';
import { OpenDialog } from './OpenDialog.tsx';
import { isClosed } from './planClock.ts';
import { WhatDoesWhat } from './WhatDoesWhat.tsx';

/** Unusual access and the plan of what to do about it: for privacy officers and administrators. */
export function IncidentsPage() {
  const t = useTranslations('incidents');
  return (
    <StaffPage>
      {(staff) => (
        <div className="flex flex-col gap-8">
          <PageTitle text={t('text')}>{t('title')}</PageTitle>
          {holds(staff, officerRole, 'admin') ? (
            <KeystoreGate>{({ pins }) => <Incidents staff={staff} pins={pins} />}</KeystoreGate>
          ) : (
            <Notice>{t('officersOnly')}</Notice>
          )}
        </div>
      )}
    </StaffPage>
  );
}

function Incidents({ staff, pins }: { staff: StaffSession['staff']; pins: Pins }) {
  const t = useTranslations('incidents');
  const queries = useQueryClient();
  const now = useNow(1000);
  const known = useQuery(incidentsQuery);
  const directory = useQuery(directoryQuery(pins));
  const [containing, setContaining] = useState<Containing | null>(null);
  const stale = () => queries.invalidateQueries({ queryKey: incidentsQuery.queryKey });
  const [isOpening, setIsOpening] = useState(false);
  // What was signed stands, whether it is noted or not: then the step's own button is there.
  const settle = async ({ incident }: Containing) => {
    if (incident !== null) await noteStep(incident, 'isolated').catch(() => undefined);
    await stale();
  };
  const failed = [known, directory].find(({ isLoadingError }) => isLoadingError);
  if (failed) return <TroubleNotice error={failed.error} onRetry={() => void failed.refetch()} />;
  if (!known.data || !directory.data) return <Skeleton className="h-64" />;
  const { incidents, containments } = known.data;
  return (
    <>
      {livingPasskeys(directory.data, staff.id).length === 0 ? (
        <Notice tone="waiting">{t('needsPasskey')}</Notice>
      ) : null}
      <HeldUp
        containments={containments}
        onLift={holds(staff, officerRole) ? setContaining : null}
        onContain={setContaining}
      />
      <WhatDoesWhat />
      <section aria-labelledby="incidents-title" className="flex flex-col gap-4">
        <div className="flex flex-wrap items-center justify-between gap-4">
          <h2 id="incidents-title" className="text-xl font-semibold tracking-tight">
            {t('list', { count: incidents.length })}
          </h2>
          <Button look="secondary" onPress={() => setIsOpening(true)} wide>
            {t('open')}
          </Button>
        </div>
        <RowList rows={incidents} empty={{ icon: Siren, title: t('empty.title'), text: t('empty.text') }}>
          {(incident) => (
            <IncidentCard
              key={incident.id}
              incident={incident}
              me={staff.id}
              now={now}
              isContained={containments?.some(({ whom }) => whom === incident.about?.id) ?? false}
              onContain={setContaining}
            />
          )}
        </RowList>
      </section>
      {isOpening ? (
        <OpenDialog
          taken={new Set(incidents.flatMap((one) => (one.about === null || isClosed(one) ? [] : [one.about.id])))}
          onSettled={() => void stale()}
          onClose={() => setIsOpening(false)}
        />
      ) : null}
      {containing === null ? null : (
        <ContainDialog
          containing={containing}
          me={staff.id}
          directory={directory.data}
          pins={pins}
          onDone={() => void settle(containing)}
          onClose={() => setContaining(null)}
        />
      )}
    </>
  );
}
