'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import type { StaffId } from '@sotto/protocol/ids';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Badge } from '../components/Badge.tsx';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import {
  type CheckedDirectory,
  type ClinicianPayload,
  type EnrolledPasskey,
  livingPasskeys,
} from '../keystore/directory.ts';
import { personNames } from '../keystore/names.ts';
import type { Pins } from '../keystore/pins.ts';
import { useRoleName } from '../staff/useRoleName.ts';
import { RevokeDialog } from './RevokeDialog.tsx';

interface DirectoryListProps {
  staff: StaffSession['staff'];
  directory: CheckedDirectory & { readonly people: readonly { readonly id: StaffId; readonly name: string }[] };
  pins: Pins;
}

/** Every passkey that was ever enrolled, the living ones first. */
export function DirectoryList({ staff, directory, pins }: DirectoryListProps) {
  const t = useTranslations('passkeys.directory');
  const [revoked, setRevoked] = useState<ClinicianPayload | null>(null);
  const nameOf = personNames(directory.people);
  const canRevoke = livingPasskeys(directory, staff.id).length > 0;
  const sorted = [...directory.passkeys].sort(
    (a, b) =>
      Number(a.revoked !== null) - Number(b.revoked !== null) ||
      nameOf(a.entry.subject).localeCompare(nameOf(b.entry.subject)),
  );
  return (
    <section aria-labelledby="directory-title" className="flex flex-col gap-4">
      <div className="flex flex-col gap-1">
        <h2 id="directory-title" className="text-xl font-semibold tracking-tight">
          {t('title')}
        </h2>
        <p className="text-ink-soft">{t('text')}</p>
      </div>
      {directory.spoilt > 0 ? (
        <Notice tone="danger" title={t('spoilt.title', { count: directory.spoilt })}>
          {t('spoilt.text')}
        </Notice>
      ) : null}
      {sorted.length === 0 ? (
        <p className="rounded-lg border border-line bg-surface p-5 text-ink-soft">{t('empty')}</p>
      ) : (
        <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
          {sorted.map((passkey) => (
            <DirectoryRow
              key={passkey.entry.credential}
              passkey={passkey}
              name={nameOf(passkey.entry.subject)}
              byNames={passkey.entry.enrolledBy.map(nameOf)}
              onRevoke={
                canRevoke && passkey.entry.subject !== staff.id && passkey.revoked === null
                  ? () => setRevoked(passkey.entry)
                  : null
              }
            />
          ))}
        </ul>
      )}
      <p className="text-sm text-ink-soft">{t('replaceHint')}</p>
      {revoked ? (
        <RevokeDialog
          entry={revoked}
          name={nameOf(revoked.subject)}
          me={staff.id}
          directory={directory}
          pins={pins}
          onClose={() => setRevoked(null)}
        />
      ) : null}
    </section>
  );
}

interface DirectoryRowProps {
  passkey: EnrolledPasskey;
  name: string;
  byNames: readonly string[];
  onRevoke: (() => void) | null;
}

function DirectoryRow({ passkey: { entry, revoked }, name, byNames, onRevoke }: DirectoryRowProps) {
  const t = useTranslations('passkeys');
  const roleName = useRoleName();
  const times = useTimes();
  const role = roleName(entry.role);
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-5 gap-y-3 p-4 sm:p-5">
      <div className="min-w-48 flex-1">
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <span className="font-semibold break-words">{name}</span>
          <Badge tone={revoked ? 'neutral' : 'accent'}>{t(revoked ? 'state.revoked' : 'state.enrolled')}</Badge>
        </p>
        <p className="text-sm text-ink-soft">
          {entry.licence === null ? role : t('waiting.licence', { role, licence: entry.licence })}
          <span aria-hidden> · </span>
          {t('one', { end: entry.credential.slice(-4) })}
        </p>
        <p className="text-sm text-ink-soft">
          {byNames.length === 0
            ? t('directory.byHost', { when: times.stamp(new Date(entry.enrolledAt)) })
            : t('directory.by', { when: times.stamp(new Date(entry.enrolledAt)), names: byNames.join(', ') })}
        </p>
        {revoked ? (
          <p className="text-sm text-ink-soft">
            {t('revokedAt', { when: times.stamp(new Date(revoked.at)), reason: t(`reason.${revoked.reason}`) })}
          </p>
        ) : null}
      </div>
      {onRevoke ? (
        <Button look="dangerQuiet" onPress={onRevoke} aria-label={t('revoke.of', { name })}>
          {t('revoke.open')}
        </Button>
      ) : null}
    </li>
  );
}
