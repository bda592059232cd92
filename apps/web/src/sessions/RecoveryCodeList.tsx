'use client';

import { useTranslations } from 'next-intl';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';

/** Recovery codes, shown once. */
export function RecoveryCodeList({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const t = useTranslations('secondStep.codes');
  return (
    <Notice
      tone="waiting"
      title={t('title')}
      live
      actions={
        <Button look="secondary" onPress={onDone}>
          {t('done')}
        </Button>
      }
    >
      <p>{t('text')}</p>
      <ul className="grid gap-x-8 gap-y-1 font-mono text-ink sm:grid-cols-2">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
    </Notice>
  );
}
