'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleUserRound, LogOut } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { signOut } from '../clinic/clinicApi.ts';
import { Button } from '../components/Button.tsx';
import { Link, useRouter } from '../i18n/navigation.ts';
import { useDraftHold } from '../notes/draftHold.ts';

/** Who is signed in, and the way out. */
export function StaffMenu({ name }: { name: string | null }) {
  const t = useTranslations('common');
  const router = useRouter();
  const queries = useQueryClient();
  const { leave } = useDraftHold();
  const leaving = useMutation({
    mutationFn: signOut,
    onSuccess: () => {
      queries.clear();
      router.replace('/sign-in/');
    },
  });
  return (
    <div className="flex shrink-0 items-center gap-2">
      {name === null ? null : (
        <Link
          href="/sessions/"
          prefetch={false}
          className="inline-flex min-h-11 min-w-11 items-center justify-center gap-2 rounded-lg px-2 text-ink-soft no-underline hover:bg-sunken hover:text-ink"
        >
          <CircleUserRound aria-hidden className="size-5 shrink-0" />
          <span className="sr-only">{t('ownSessions')}:</span>
          <span className="hidden sm:inline">{name}</span>
        </Link>
      )}
      <Button look="quiet" size="small" isPending={leaving.isPending} onPress={() => leave(() => leaving.mutate())}>
        <LogOut aria-hidden className="size-4.5" />
        {t('signOut')}
      </Button>
    </div>
  );
}
