'use client';

import { type RecordingReason, recordingReasons } from '@sotto/protocol/consent';
import { Check, Clock, Fingerprint } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import type { ActionOutcome, VisitSnapshot } from '../call/contract.ts';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { Select } from '../components/Select.tsx';
import { isOpen } from '../visit/recordingView.ts';

interface RecordDialogProps {
  snapshot: VisitSnapshot;
  onAsk: (reason: RecordingReason) => Promise<ActionOutcome>;
  onStop: () => void;
  /** Has the passkey answer for this device. */
  onConfirm: () => void;
  onClose: () => void;
}

const reasons = Object.keys(recordingReasons) as RecordingReason[];

/** Recording the visit, for who wants to: why, what it means, and who has answered. */
export function RecordDialog(props: RecordDialogProps) {
  const { snapshot, onStop, onConfirm, onClose } = props;
  const t = useTranslations('recording.record');
  const { recording, self, people } = snapshot;
  const isOwn = recording?.isOwn === true && isOpen(recording);
  const isOthers = recording?.isOwn === false && isOpen(recording);
  return (
    <Dialog title={t('title')} isOpen onClose={onClose}>
      {isOthers ? <p>{t('others')}</p> : null}
      {isOwn ? <Answers snapshot={snapshot} onStop={onStop} onClose={onClose} /> : null}
      {recording !== null && isOpen(recording) ? null : self?.isProven !== true ? (
        <>
          <p>{t('confirmFirst')}</p>
          <p className="text-ink-soft">{t('confirmMore')}</p>
          <div className="flex sm:justify-end">
            <Button
              wide
              onPress={() => {
                onConfirm();
                onClose();
              }}
            >
              <Fingerprint aria-hidden className="size-5" />
              {t('confirm')}
            </Button>
          </div>
        </>
      ) : people.length === 0 ? (
        <p>{t('alone')}</p>
      ) : (
        <Question {...props} />
      )}
    </Dialog>
  );
}

function Question({ snapshot, onAsk }: RecordDialogProps) {
  const t = useTranslations('recording.record');
  const [reason, setReason] = useState<RecordingReason>('care');
  const [asking, setAsking] = useState<'no' | 'yes' | 'failed'>('no');
  const refused = snapshot.recording?.progress;
  return (
    <>
      {refused?.tag === 'stopped' && refused.why === 'refused' ? <p role="status">{t('refused')}</p> : null}
      <p>{t('lead')}</p>
      <Select
        label={t('why')}
        options={reasons.map((value) => ({ value, label: t(`reason.${value}`) }))}
        value={reason}
        onChange={(value) => setReason(reasons.find((one) => one === value) ?? 'care')}
      />
      <ul className="flex list-disc flex-col gap-1.5 ps-5 text-ink-soft">
        <li>{t('all')}</li>
        <li>{t('sealed')}</li>
        <li>{t('keepOpen')}</li>
      </ul>
      {asking === 'failed' ? (
        <p role="alert" className="font-medium text-danger">
          {t('notAsked')}
        </p>
      ) : null}
      <div className="flex sm:justify-end">
        <Button
          wide
          isPending={asking === 'yes'}
          onPress={() => {
            setAsking('yes');
            onAsk(reason).then(
              (outcome) => setAsking(outcome === 'done' ? 'no' : 'failed'),
              () => setAsking('failed'),
            );
          }}
        >
          {t('ask')}
        </Button>
      </div>
    </>
  );
}

/** Who has answered what is asked. */
function Answers({ snapshot, onStop, onClose }: Pick<RecordDialogProps, 'snapshot' | 'onStop' | 'onClose'>) {
  const t = useTranslations('recording.record');
  const { recording, people } = snapshot;
  if (recording === null) return null;
  const isAsking = recording.progress.tag === 'asking';
  const isWaiting = isAsking || recording.progress.tag === 'paused';
  const agreed = new Set(recording.agreed.map(({ participantId }) => participantId));
  return (
    <>
      <p role="status">{t(isWaiting ? 'waiting' : 'running')}</p>
      <ul className="flex flex-col divide-y divide-line rounded-md border border-line">
        {people.map(({ participantId, name }) => (
          <li key={participantId} className="flex items-center justify-between gap-3 px-4 py-3">
            <span className="font-medium">{name ?? t('someone')}</span>
            <span className="flex items-center gap-2 text-ink-soft">
              {agreed.has(participantId) ? (
                <Check aria-hidden className="size-5 text-accent" />
              ) : (
                <Clock aria-hidden className="size-5 text-waiting" />
              )}
              {t(agreed.has(participantId) ? 'saidYes' : 'notYet')}
            </span>
          </li>
        ))}
      </ul>
      <div className="flex flex-col-reverse gap-3 sm:flex-row sm:justify-end">
        <Button look={isAsking ? 'secondary' : 'danger'} wide onPress={onStop}>
          {t(isAsking ? 'cancel' : 'stop')}
        </Button>
        <Button look="secondary" wide onPress={onClose}>
          {t('close')}
        </Button>
      </div>
    </>
  );
}
