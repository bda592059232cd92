'use client';

import type { Contained } from '@sotto/protocol/containment';
import type { StaffId } from '@sotto/protocol/ids';
import type { IncidentId } from '@sotto/protocol/incidents';
import { useTranslations } from 'next-intl';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import type { CheckedDirectory } from '../keystore/directory.ts';
import type { Pins } from '../keystore/pins.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { useAct } from '../passkeys/useAct.ts';

/** What somebody is about to sign. */
export interface Containing {
  readonly action: 'contain' | 'liftContainment';
  readonly whom: Contained;
  /** Whose account it is. */
  readonly name: string;
  /** Of whose plan it is a step; null of none. */
  readonly incident: IncidentId | null;
}

/** By which it is worded. */
const kindOf = (whom: Contained): 'everyone' | 'releases' | 'account' => {
  if (whom === 'everyone') return 'everyone';
  return whom === 'releases' ? 'releases' : 'account';
};

interface ContainDialogProps {
  containing: Containing;
  me: StaffId;
  directory: CheckedDirectory;
  pins: Pins;
  onDone: () => void;
  onClose: () => void;
}

/** Asks before openings are held up, or go on: in plain words, then by passkey. */
export function ContainDialog({ containing, me, directory, pins, onDone, onClose }: ContainDialogProps) {
  const t = useTranslations('incidents');
  const { action, whom, name } = containing;
  const { acting } = useAct(directory, pins, () => {
    onDone();
    onClose();
  });
  const kind = kindOf(whom);
  return (
    <Dialog role="alertdialog" title={t(`${action}.${kind}.title`, { name })} isOpen onClose={onClose}>
      <p className="text-ink-soft">{t(`${action}.${kind}.text`, { name })}</p>
      {acting.isError ? <TroubleNotice error={acting.error} /> : null}
      <div className="flex flex-col-reverse gap-3 sm:flex-row sm:justify-end">
        <Button look="secondary" onPress={onClose} autoFocus wide>
          {t('cancel')}
        </Button>
        <Button
          look={action === 'contain' ? 'danger' : 'primary'}
          isPending={acting.isPending}
          onPress={() => acting.mutate({ matter: { action, whom }, newcomer: null, signers: [me] })}
          wide
        >
          {t(`${action}.action`)}
        </Button>
      </div>
    </Dialog>
  );
}
