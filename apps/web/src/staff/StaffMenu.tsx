'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { LogOut } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { signOut } from '../clinic/clinicApi.ts';
import { Button } from '../components/Button.tsx';
import { useRouter } from '../i18n/navigation.ts';
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
      {name === null ? null : <span className="hidden text-ink-soft sm:inline">{name}</span>}
      <Button look="quiet" size="small" isPending={leaving.isPending} onPress={() => leave(() => leaving.mutate())}>
        <LogOut aria-hidden className="size-4.5" />
        {t('signOut')}
      </Button>
    </div>
  );
}
