'use client';

import type { StaffInvitation } from '@sotto/protocol/people';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { Button } from '../components/Button.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { useRoleName } from '../staff/useRoleName.ts';
import { peopleQuery, withdrawInvitation } from './peopleApi.ts';

interface OpenInvitationsProps {
  invitations: readonly StaffInvitation[];
  mayChange: boolean;
}

/** Who was invited and hasn't chosen a password yet; nothing where there is nobody. */
export function OpenInvitations({ invitations, mayChange }: OpenInvitationsProps) {
  const t = useTranslations('staffPeople.invited');
  const times = useTimes();
  const roleName = useRoleName();
  const queries = useQueryClient();
  const withdrawing = useMutation({
    mutationFn: withdrawInvitation,
    onSettled: () => queries.invalidateQueries({ queryKey: peopleQuery.queryKey, exact: true }),
  });
  if (invitations.length === 0) return null;
  return (
    <section aria-labelledby="invited-title" className="flex flex-col gap-3">
      <h3 id="invited-title" className="text-lg font-semibold">
        {t('title')}
      </h3>
      {withdrawing.isError ? <TroubleNotice error={withdrawing.error} /> : null}
      <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
        {invitations.map(({ id, name, email, role, expiresAt }) => (
          <li
            key={id}
            aria-label={name}
            className="flex flex-wrap items-center justify-between gap-x-5 gap-y-2 p-4 sm:px-5"
          >
            <div className="min-w-0 flex-1 basis-56">
              <p className="font-semibold break-words">{name}</p>
              <p className="text-sm text-ink-soft break-all">{email}</p>
              <p className="text-sm text-ink-soft tabular-nums">
                {t('until', { role: roleName(role), when: times.dayAndTime(new Date(expiresAt)) })}
              </p>
            </div>
            {mayChange ? (
              <Button
                look="dangerQuiet"
                size="small"
                isPending={withdrawing.isPending && withdrawing.variables === id}
                onPress={() => withdrawing.mutate(id)}
                aria-label={t('withdrawOf', { name })}
              >
                {t('withdraw')}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}
