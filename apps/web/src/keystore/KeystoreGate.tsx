'use client';

import type { KeystoreIdentity } from '@sotto/protocol/keystoreRoutes';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { acceptKeystore } from '../call/clinicMemory.ts';
import { Button } from '../components/Button.tsx';
import { ConfirmDialog } from '../components/ConfirmDialog.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { EvidenceFault } from './errors.ts';
import { KeystoreNumber } from './KeystoreNumber.tsx';
import { identityQuery } from './keystoreQueries.ts';
import type { Pins } from './pins.ts';
import { TroubleNotice } from './TroubleNotice.tsx';

export interface KnownKeystore {
  readonly identity: KeystoreIdentity;
  readonly pins: Pins;
}

/** Shows what is inside only when the keystore is the one that this browser knows. */
export function KeystoreGate({ children }: { children: (keystore: KnownKeystore) => ReactNode }) {
  const t = useTranslations('keystore');
  const query = useQuery(identityQuery);
  if (query.data) {
    const { identity, verdict } = query.data;
    if (verdict.tag === 'trusted') return children({ identity, pins: verdict.pins });
    if (verdict.tag === 'changed') return <KeysChanged identity={identity} />;
    return <TroubleNotice error={new EvidenceFault('cantRemember')} />;
  }
  if (query.isError) {
    // What this browser can't do it can't do a moment later either.
    const isFinal = query.error instanceof EvidenceFault;
    return <TroubleNotice error={query.error} {...(isFinal ? {} : { onRetry: () => void query.refetch() })} />;
  }
  return (
    <div role="status" className="flex flex-col gap-4">
      <span className="sr-only">{t('loading')}</span>
      <Skeleton className="h-9 w-3/5" />
      <Skeleton className="h-28" />
      <Skeleton className="h-28" />
    </div>
  );
}

/** Nothing of the keystore is used until a person has asked the clinic and decided. */
function KeysChanged({ identity }: { identity: KeystoreIdentity }) {
  const t = useTranslations('keystore.changed');
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <TroubleNotice
        error={new EvidenceFault('keysChanged')}
        actions={
          <Button look="dangerQuiet" onPress={() => setAsking(true)}>
            {t('accept')}
          </Button>
        }
      >
        <KeystoreNumber keys={identity} />
      </TroubleNotice>
      <ConfirmDialog
        title={t('title')}
        text={t('text')}
        action={t('confirm')}
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        onConfirm={() => {
          acceptKeystore(identity, window.localStorage);
          setAsking(false);
          void queries.resetQueries({ queryKey: ['keystore'] });
        }}
      />
    </>
  );
}
