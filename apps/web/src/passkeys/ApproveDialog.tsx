'use client';

import type { StaffId } from '@sotto/protocol/ids';
import type { ProvenEnrolment } from '@sotto/protocol/keystore';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { Notice } from '../components/Notice.tsx';
import { Select } from '../components/Select.tsx';
import { checkCodeQuery } from '../keystore/checkCode.ts';
import { type CheckedDirectory, livingPasskeys } from '../keystore/directory.ts';
import type { Pins } from '../keystore/pins.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { CheckCode } from './CheckCode.tsx';
import { livingOfficers } from './officers.ts';
import type { ClinicianEnrolment } from './ownEnrolments.ts';
import { useAct } from './useAct.ts';

interface ApproveDialogProps {
  waiting: ProvenEnrolment & { enrolment: ClinicianEnrolment };
  me: StaffId;
  nameOf: (subject: StaffId) => string;
  directory: CheckedDirectory;
  pins: Pins;
  onClose: () => void;
}

/** An officer compares the number with the person, then signs; to replace a lost passkey a second officer signs too. */
export function ApproveDialog({ waiting, me, nameOf, directory, pins, onClose }: ApproveDialogProps) {
  const t = useTranslations('passkeys.approve');
  const { enrolment } = waiting;
  const { entry } = enrolment;
  const code = useQuery(checkCodeQuery(enrolment)).data;
  const name = nameOf(entry.subject);
  const hasOthers = livingPasskeys(directory, entry.subject).length > 0;
  const seconds = livingOfficers(directory).filter((officer) => officer !== me && officer !== entry.subject);
  const [kind, setKind] = useState<'enrol' | 'replace'>('enrol');
  const [second, setSecond] = useState(seconds[0]);
  const { acting, signer } = useAct(directory, pins, onClose);
  const signers = kind === 'replace' && second !== undefined ? [me, second] : [me];
  // The request is made for the first by id: that officer has to be the one who is signed in.
  const begins = [...signers].sort()[0] === me;
  const canSign = kind === 'enrol' || (second !== undefined && begins);
  return (
    <Dialog title={t('title', { name })} isOpen onClose={onClose}>
      <p className="text-ink-soft">{t('text', { name })}</p>
      <CheckCode enrolment={enrolment} />
      {hasOthers ? (
        <Select
          label={t('kind')}
          value={kind}
          onChange={(value) => setKind(value === 'replace' ? 'replace' : 'enrol')}
          options={[
            { value: 'enrol', label: t('add') },
            { value: 'replace', label: t('replace') },
          ]}
        />
      ) : null}
      {kind === 'replace' ? (
        second === undefined ? (
          <Notice tone="waiting">{t('noSecond')}</Notice>
        ) : (
          <Select
            label={t('second')}
            value={second}
            onChange={(value) => setSecond(seconds.find((officer) => officer === value))}
            options={seconds.map((officer) => ({ value: officer, label: nameOf(officer) }))}
          />
        )
      ) : null}
      {second !== undefined && !begins ? (
        <Notice tone="waiting">{t('otherBegins', { name: nameOf(second) })}</Notice>
      ) : null}
      {signer !== null ? (
        <Notice tone="waiting" title={t(signer === me ? 'yourTurn' : 'theirTurn', { name: nameOf(signer) })} live>
          {t('turnText')}
        </Notice>
      ) : null}
      {acting.isError ? <TroubleNotice error={acting.error} /> : null}
      <div className="flex flex-col-reverse gap-3 sm:flex-row sm:justify-end">
        <Button look="secondary" onPress={onClose} wide>
          {t('different')}
        </Button>
        <Button
          isPending={acting.isPending}
          isDisabled={!canSign || code === undefined}
          onPress={() => {
            if (code === undefined) return;
            const newcomer = { proven: waiting, shownCode: code };
            acting.mutate({ matter: { action: kind, entry }, newcomer, signers });
          }}
          wide
        >
          {t('same')}
        </Button>
      </div>
    </Dialog>
  );
}
