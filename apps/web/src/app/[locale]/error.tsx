'use client';

import { useTranslations } from 'next-intl';
import { Button } from '../../components/Button.tsx';
import { FocusHeading } from '../../components/FocusHeading.tsx';
import { PageShell } from '../../components/PageShell.tsx';

/** A defect in a page: nothing of it is shown or sent, and a new start is offered. */
export default function PageError() {
  const t = useTranslations('pageError');
  return (
    <PageShell>
      <div className="flex flex-col gap-5">
        <FocusHeading>{t('title')}</FocusHeading>
        <p className="text-lg text-ink-soft">{t('text')}</p>
        <Button size="large" wide onPress={() => window.location.reload()}>
          {t('reload')}
        </Button>
      </div>
    </PageShell>
  );
}
