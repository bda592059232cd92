'use client';

import { useTranslations } from 'next-intl';
import { type ComponentType, useEffect, useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import type { GuestSectionProps } from './GuestSection.tsx';

/** The list of guests, fetched when the list of people is shown. */
export function LazyGuestSection(props: GuestSectionProps) {
  const t = useTranslations('guests.unread');
  const [Section, setSection] = useState<ComponentType<GuestSectionProps> | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [failedAttempt, setFailedAttempt] = useState<number | null>(null);
  useEffect(() => {
    let current = true;
    import('./GuestSection.tsx').then(
      ({ GuestSection }) => {
        if (current) setSection(() => GuestSection);
      },
      () => {
        if (current) setFailedAttempt(attempt);
      },
    );
    return () => {
      current = false;
    };
  }, [attempt]);
  if (Section) return <Section {...props} />;
  if (failedAttempt !== attempt) return <Skeleton className="h-12" />;
  return (
    <div role="alert" className="flex flex-col items-start gap-2">
      <p className="text-ink-soft">{t('title')}</p>
      <Button look="secondary" size="small" onPress={() => setAttempt(attempt + 1)}>
        {t('again')}
      </Button>
    </div>
  );
}
