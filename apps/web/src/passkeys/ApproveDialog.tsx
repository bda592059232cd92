'use client';

import type { StaffId } from '@sotto/protocol/ids';
import type { ProvenEnrolment } from '@sotto/protocol/keystore';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Checkbox } from '../components/Checkbox.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { Notice } from '../components/Notice.tsx';
import { Select } from '../components/Select.tsx';
import { checkCodeQuery } from '../keystore/checkCode.ts';
import { type CheckedDirectory, livingPasskeys } from '../keystore/directory.ts';
import type { Pins } from '../keystore/pins.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { CheckCode } from './CheckCode.tsx';
import { EnrolmentFacts } from './EnrolmentFacts.tsx';
import { livingOfficers, officerRole, signersFor, takesTwo } from './officers.ts';
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

/** An officer compares the number with the person, then signs; where it takes two, a second officer signs too. */
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
  const [isOfficerMeant, setOfficerMeant] = useState(false);
  const { acting, signer } = useAct(directory, pins, onClose);
  const makesOfficer = entry.role === officerRole;
  const needsTwo = kind === 'replace' || takesTwo(directory, entry);
  const turn = signersFor(me, second ?? null, needsTwo);
  const canSign = turn?.meBegins === true && (!makesOfficer || isOfficerMeant);
  const sign = () => {
    if (turn === null || code === undefined) return;
    const newcomer = { proven: waiting, shownCode: code };
    acting.mutate({ matter: { action: kind, entry }, newcomer, signers: turn.signers });
  };
  return (
    <Dialog title={t('title', { name })} isOpen onClose={onClose}>
      <p className="text-ink-soft">{t('text', { name })}</p>
      <EnrolmentFacts entry={entry} name={name} directory={directory} />
      <CheckCode enrolment={enrolment} />
      {makesOfficer ? (
        <Notice tone="danger" title={t('officer.title', { name })}>
          <p>{t('officer.text', { name })}</p>
          <Checkbox label={t('officer.confirm', { name })} isChecked={isOfficerMeant} onChange={setOfficerMeant} />
        </Notice>
      ) : null}
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
      {needsTwo ? (
        second === undefined ? (
          <Notice tone="waiting">{t('noSecond')}</Notice>
        ) : (
          <>
            <p className="text-ink-soft">{t('takesTwo')}</p>
            <Select
              label={t('second')}
              value={second}
              onChange={(value) => setSecond(seconds.find((officer) => officer === value))}
              options={seconds.map((officer) => ({ value: officer, label: nameOf(officer) }))}
            />
          </>
        )
      ) : null}
      {second !== undefined && turn?.meBegins === false ? (
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
        <Button isPending={acting.isPending} isDisabled={!canSign || code === undefined} onPress={sign} wide>
          {t('same')}
        </Button>
      </div>
    </Dialog>
  );
}
