'use client';

import type { StaffId } from '@sotto/protocol/ids';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { Notice } from '../components/Notice.tsx';
import { Select } from '../components/Select.tsx';
import { TextField } from '../components/TextField.tsx';
import type { ActMatter } from '../keystore/acts.ts';
import type { ComparedEnrolment } from '../keystore/checkCode.ts';
import type { CheckedDirectory } from '../keystore/directory.ts';
import type { Pins } from '../keystore/pins.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { signersFor } from '../passkeys/officers.ts';
import type { ActDone } from '../passkeys/performAct.ts';
import { useActs } from './useActs.ts';

/** What an officer is about to sign, and how it is told. */
export interface SignWish {
  /** One of each thing that it is of: each is an act of its own. */
  readonly matters: readonly ActMatter[];
  /** What it is of, a line each: the kind and the time, the number, whose. */
  readonly about: readonly string[];
  readonly newcomer: ComparedEnrolment | null;
  readonly title: string;
  readonly points: readonly string[];
  readonly action: string;
  /** What has to be typed before it can be signed; null where nothing is lost for good. */
  readonly confirmation: string | null;
  /** Who may sign besides; null where one signature is enough. */
  readonly seconds: readonly StaffId[] | null;
}

interface SignDialogProps {
  wish: SignWish;
  me: StaffId;
  nameOf: (subject: StaffId) => string;
  directory: CheckedDirectory;
  pins: Pins;
  children?: ReactNode;
  onClose: () => void;
  /** With a receipt of each that was done. */
  onDone: (done: readonly ActDone[]) => void;
}

/** What follows, a typed confirmation where there is no way back, and one or two passkeys. */
export function SignDialog({ wish, me, nameOf, directory, pins, children, onClose, onDone }: SignDialogProps) {
  const t = useTranslations('kept.sign');
  const approve = useTranslations('passkeys.approve');
  const common = useTranslations('common');
  const { matters, about, newcomer, title, points, action, confirmation, seconds } = wish;
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState<string | null>(null);
  const second = seconds?.find((one) => one === chosen) ?? seconds?.[0] ?? null;
  const turn = signersFor(me, second, seconds !== null);
  const signers = turn?.signers ?? [];
  const { acting, signer, asked, close } = useActs(
    matters,
    { newcomer, signers },
    { directory, pins, onDone, onClose },
  );
  const signatures = matters.length * signers.length;
  const isConfirmed = confirmation === null || typed.trim().toLowerCase() === confirmation.toLowerCase();
  const canSign = turn?.meBegins === true && isConfirmed;
  return (
    <Dialog role="alertdialog" title={title} isOpen onClose={close}>
      <div className="flex flex-col gap-0.5 text-sm break-all">
        {about.map((line) => (
          <p key={line}>{line}</p>
        ))}
      </div>
      <ul className="flex list-disc flex-col gap-1.5 ps-5 text-ink-soft">
        {points.map((point) => (
          <li key={point}>{point}</li>
        ))}
      </ul>
      {children}
      {seconds === null ? null : second === null ? (
        <Notice tone="waiting">{t('noSecond')}</Notice>
      ) : (
        <Select
          label={t('second')}
          value={second}
          onChange={setChosen}
          options={seconds.map((one) => ({ value: one, label: nameOf(one) }))}
        />
      )}
      {second !== null && turn?.meBegins === false ? (
        <Notice tone="waiting">{approve('otherBegins', { name: nameOf(second) })}</Notice>
      ) : null}
      {confirmation === null ? null : (
        <TextField
          label={t('type', { word: confirmation })}
          value={typed}
          onChange={setTyped}
          autoComplete="off"
          spellCheck="false"
        />
      )}
      {signer !== null && seconds !== null ? (
        <Notice tone="waiting" title={approve(signer === me ? 'yourTurn' : 'theirTurn', { name: nameOf(signer) })} live>
          <p>{approve('turnText')}</p>
          {matters.length > 1 ? <p>{t('progress', { asked, all: signatures })}</p> : null}
        </Notice>
      ) : null}
      {acting.isError ? <TroubleNotice error={acting.error} /> : null}
      <div className="flex flex-col-reverse gap-3 sm:flex-row sm:justify-end">
        <Button look="secondary" onPress={close} autoFocus wide>
          {common('cancel')}
        </Button>
        <Button
          look={confirmation === null ? 'primary' : 'danger'}
          isPending={acting.isPending}
          isDisabled={!canSign}
          onPress={() => {
            if (turn !== null) acting.mutate();
          }}
          wide
        >
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
