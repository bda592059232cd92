'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useClinicName } from '../clinic/clinicQueries.ts';
import { Badge, type BadgeTone } from '../components/Badge.tsx';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import { type CheckedDirectory, type EnrolledPasskey, livingPasskeys } from '../keystore/directory.ts';
import type { KnownKeystore } from '../keystore/KeystoreGate.tsx';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { mainRole } from '../staff/heldRoles.ts';
import { useRoleName } from '../staff/useRoleName.ts';
import { CheckCode } from './CheckCode.tsx';
import { NewPasskey } from './NewPasskey.tsx';
import { firstOfficersNeeded, officerRole } from './officers.ts';
import { compareOwn, type OwnEnrolment } from './ownEnrolments.ts';
import { useEnrolling } from './useEnrolling.ts';

interface OwnPasskeysProps {
  staff: StaffSession['staff'];
  keystore: KnownKeystore;
  directory: CheckedDirectory;
}

/** The person's own passkeys: what works, what waits and for whom, and how to make one. */
export function OwnPasskeys({ staff, keystore, directory }: OwnPasskeysProps) {
  const t = useTranslations('passkeys');
  const clinicName = useClinicName() ?? '';
  const role = mainRole(staff);
  const mine = directory.passkeys.filter(({ entry }) => entry.subject === staff.id);
  const living = livingPasskeys(directory, staff.id);
  // A device whose passkey was ended may make another.
  const existing = living.map(({ credential }) => credential);
  const enrolling = useEnrolling({ staff, pins: keystore.pins, clinicName, existing });
  const { waiting, swapped } = compareOwn(enrolling.own, directory);
  const { making, finishing } = enrolling;
  const onHost = role === officerRole && firstOfficersNeeded(directory);
  const error = finishing.error ?? making.error;
  return (
    <div className="flex flex-col gap-5">
      {swapped.map(({ enrolment }) => (
        <Notice key={enrolment.entry.credential} tone="danger" title={t('swapped.title')} live>
          {t('swapped.text', { end: enrolment.entry.credential.slice(-4) })}
        </Notice>
      ))}
      {living.length === 0 && waiting.length === 0 && mine.length > 0 ? (
        <Notice tone="waiting" title={t('allRevoked.title')}>
          {t('allRevoked.text')}
        </Notice>
      ) : null}
      {error !== null && !making.isPending && !finishing.isPending ? <TroubleNotice error={error} /> : null}
      {mine.length + waiting.length > 0 ? (
        <ul className="flex flex-col gap-3">
          {mine.map((passkey) => (
            <Enrolled key={passkey.entry.credential} passkey={passkey} />
          ))}
          {waiting.map((one) => (
            <Waiting
              key={one.enrolment.entry.credential}
              waiting={one}
              onHost={onHost}
              isPending={finishing.isPending}
              onFinish={() => finishing.mutate(one.enrolment)}
              onForget={() => enrolling.forget(one.enrolment.entry.credential)}
            />
          ))}
        </ul>
      ) : null}
      <NewPasskey
        isFirst={mine.length + waiting.length === 0}
        asksLicence={role === 'physician'}
        isPending={making.isPending}
        onCreate={(licence) => making.mutate(licence)}
      />
    </div>
  );
}

interface CardProps {
  title: string;
  tone: BadgeTone;
  state: string;
  children: ReactNode;
}

function Card({ title, tone, state, children }: CardProps) {
  return (
    <li className="flex flex-col gap-3 rounded-lg border border-line bg-surface p-5">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3 className="font-semibold">{title}</h3>
        <Badge tone={tone}>{state}</Badge>
      </div>
      {children}
    </li>
  );
}

function Enrolled({ passkey: { entry, revoked } }: { passkey: EnrolledPasskey }) {
  const t = useTranslations('passkeys');
  const times = useTimes();
  return (
    <Card
      title={t('one', { end: entry.credential.slice(-4) })}
      tone={revoked ? 'neutral' : 'accent'}
      state={t(revoked ? 'state.revoked' : 'state.enrolled')}
    >
      <p className="text-sm text-ink-soft">{t('since', { when: times.stamp(new Date(entry.enrolledAt)) })}</p>
      {revoked ? (
        <p className="text-sm text-ink-soft">
          {t('revokedAt', { when: times.stamp(new Date(revoked.at)), reason: t(`reason.${revoked.reason}`) })}
        </p>
      ) : null}
    </Card>
  );
}

interface WaitingProps {
  waiting: OwnEnrolment;
  /** Nobody can approve yet: the first officers are confirmed on the keystore's host. */
  onHost: boolean;
  isPending: boolean;
  onFinish: () => void;
  onForget: () => void;
}

function Waiting({ waiting: { enrolment, handedIn }, onHost, isPending, onFinish, onForget }: WaitingProps) {
  const t = useTranslations('passkeys');
  const roleName = useRoleName();
  const { role: code, licence } = enrolment.entry;
  const title = t('one', { end: enrolment.entry.credential.slice(-4) });
  const role = roleName(code);
  const what = licence === null ? t('waiting.noLicence', { role }) : t('waiting.licence', { role, licence });
  if (!handedIn) {
    return (
      <Card title={title} tone="waiting" state={t('state.unfinished')}>
        <p className="text-ink-soft">{t('unfinished.text')}</p>
        <div className="flex flex-wrap gap-3">
          <Button onPress={onFinish} isPending={isPending}>
            {t('unfinished.action')}
          </Button>
          <Button look="quiet" onPress={onForget}>
            {t('unfinished.forget')}
          </Button>
        </div>
      </Card>
    );
  }
  return (
    <Card title={title} tone="waiting" state={t('state.waiting')}>
      <p className="text-ink-soft">{t(onHost ? 'waitsOnHost' : 'waitsForOfficer')}</p>
      <p className="font-semibold break-words">{t('asksFor', { what })}</p>
      <CheckCode enrolment={enrolment} />
      {onHost ? (
        <p className="rounded-md bg-sunken p-3 text-sm break-words">
          <code>npm run keystore -- officer-enrol {'CODE'}</code>
        </p>
      ) : null}
      <p className="text-sm text-ink-soft">{t('waitsUntil')}</p>
    </Card>
  );
}
