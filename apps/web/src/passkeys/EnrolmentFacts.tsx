'use client';

import type { ClinicianEntry } from '@sotto/protocol/keystore';
import { useTranslations } from 'next-intl';
import { Notice } from '../components/Notice.tsx';
import type { CheckedDirectory } from '../keystore/directory.ts';
import { useRoleName } from '../staff/useRoleName.ts';

interface EnrolmentFactsProps {
  entry: ClinicianEntry;
  name: string;
  directory: CheckedDirectory;
}

/** What an officer signs for beside the key itself: role, licence, and what the person has already. */
export function EnrolmentFacts({ entry, name, directory }: EnrolmentFactsProps) {
  const t = useTranslations('passkeys.approve');
  const roleName = useRoleName();
  const held = directory.passkeys.filter((passkey) => passkey.entry.subject === entry.subject);
  const before = [...new Set(held.map((passkey) => passkey.entry.role))];
  return (
    <>
      <dl className="grid gap-x-4 gap-y-1 sm:grid-cols-[9rem_minmax(0,1fr)]">
        <dt className="text-ink-soft">{t('role')}</dt>
        <dd className="font-semibold">{roleName(entry.role)}</dd>
        <dt className="text-ink-soft">{t('licence')}</dt>
        <dd className="font-semibold break-words">{entry.licence ?? t('noLicence')}</dd>
        <dt className="text-ink-soft">{t('holds')}</dt>
        <dd>
          {held.length === 0 ? t('holdsNone') : null}
          {held.map(({ entry: one, revoked }) => (
            <p key={one.credential}>
              {t(revoked ? 'heldEnded' : 'held', { role: roleName(one.role), end: one.credential.slice(-4) })}
            </p>
          ))}
        </dd>
      </dl>
      {before.length > 0 && !before.includes(entry.role) ? (
        <Notice tone="danger">{t('otherRole', { name, roles: before.map(roleName).join(', ') })}</Notice>
      ) : null}
    </>
  );
}
