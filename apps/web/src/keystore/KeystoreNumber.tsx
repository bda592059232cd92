'use client';

import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { fingerprintOf, isCompared, rememberCompared } from './fingerprint.ts';
import type { Pins } from './pins.ts';

type Keys = Pick<Pins, 'statementKey' | 'logKey' | 'witnessKey'>;

const numberQuery = (keys: Keys) => ({
  queryKey: ['keystoreNumber', keys.statementKey, keys.logKey, keys.witnessKey],
  queryFn: () => fingerprintOf(keys),
  staleTime: Number.POSITIVE_INFINITY,
});

/** The number of these keys, and how to compare it with the key store's own. */
export function KeystoreNumber({ keys }: { keys: Keys }) {
  const t = useTranslations('keystore.fingerprint');
  const number = useQuery(numberQuery(keys)).data;
  return (
    <div className="flex flex-col gap-1.5">
      <p className="text-sm">{t('title')}</p>
      <p data-keystore-number className="text-lg font-semibold tracking-wide break-words tabular-nums text-ink">
        {number}
      </p>
      <p className="text-sm">{t('compare')}</p>
      <p className="text-sm break-words">
        <code>npm run keystore -- status</code>
      </p>
    </div>
  );
}

/** Keys that were seen first here are believed; until somebody has compared their number, the page says so. */
export function UncomparedKeys({ keys }: { keys: Keys }) {
  const t = useTranslations('keystore.fingerprint');
  const number = useQuery(numberQuery(keys)).data;
  const [isDone, setDone] = useState(false);
  if (number === undefined || isDone || isCompared(number, window.localStorage)) return null;
  return (
    <Notice
      tone="waiting"
      title={t('first')}
      actions={
        <Button
          look="secondary"
          onPress={() => {
            rememberCompared(number, window.localStorage);
            setDone(true);
          }}
        >
          {t('done')}
        </Button>
      }
    >
      <p>{t('firstText')}</p>
      <KeystoreNumber keys={keys} />
    </Notice>
  );
}
