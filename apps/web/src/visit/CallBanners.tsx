'use client';

import { LoaderCircle } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { Incident, VisitSnapshot } from '../call/contract.ts';
import { isMild, keyOf } from '../call/incidents.ts';
import { Button } from '../components/Button.tsx';
import type { LocalDevices } from '../media/localDevices.ts';
import { useDevicesSnapshot } from '../media/useLocalDevices.ts';
import { useIncidentWords } from './incidentWords.ts';
import type { VisitFacts } from './visitFacts.ts';

interface CallBannersProps {
  snapshot: VisitSnapshot;
  devices: LocalDevices;
  /** The last thing asked for didn't take effect. */
  hasFailed: boolean;
  facts: VisitFacts;
  /** An incident was read. */
  onRead: (incident: Incident) => void;
  /** Who wants to compare codes; null if nobody does. */
  comparer: string | null;
  onDismiss: () => void;
  onCodes: () => void;
  onNotNow: () => void;
  onDistrust: () => void;
  onDevices: () => void;
  /** Who has written something that wasn't read; null if nobody has. */
  writer: string | null;
  onReadChat: () => void;
  onLater: () => void;
}

/** What concerns the whole visit: each incident until it is read, and of all else one line, the gravest. */
export function CallBanners(props: CallBannersProps) {
  const { snapshot, devices, hasFailed, comparer, onDismiss, onDevices } = props;
  const t = useTranslations('call.banner');
  const wordsOf = useIncidentWords(props.facts);
  const { microphone } = useDevicesSnapshot(devices);
  const isMicrophoneBroken = !['live', 'off', 'asking', 'idle'].includes(microphone.status);
  const isGrave =
    snapshot.security === 'distrusted' ||
    snapshot.connection !== 'ok' ||
    !snapshot.mediaAvailable ||
    hasFailed ||
    isMicrophoneBroken ||
    comparer !== null;
  return (
    <>
      <div role="status">
        {snapshot.incidents.map((incident) => (
          <Line
            key={keyOf(incident)}
            tone={isMild(incident) ? 'waiting' : 'danger'}
            text={wordsOf(incident)}
            action={t('dismiss')}
            onAction={() => props.onRead(incident)}
          />
        ))}
        {snapshot.security === 'distrusted' ? (
          <Line tone="danger" text={t('distrusted')} action={t('whatToDo')} onAction={props.onDistrust} />
        ) : snapshot.connection === 'removed' ? (
          <Line text={t('removed')} isBusy />
        ) : snapshot.connection === 'reconnecting' ? (
          <Line text={t('reconnecting')} isBusy />
        ) : !snapshot.mediaAvailable ? (
          <Line text={t('noMedia')} isBusy />
        ) : hasFailed ? (
          <Line text={t('failed')} action={t('dismiss')} onAction={onDismiss} />
        ) : isMicrophoneBroken ? (
          <Line text={t('noMicrophone')} action={t('devices')} onAction={onDevices} />
        ) : comparer !== null ? (
          <Line
            text={t('compares', { name: comparer })}
            action={t('codes')}
            onAction={props.onCodes}
            refusal={t('notNow')}
            onRefusal={props.onNotNow}
          />
        ) : null}
      </div>
      {/* Said by the call's announcer. */}
      {props.writer === null || isGrave ? null : (
        <Line
          tone="news"
          text={t('wrote', { name: props.writer })}
          action={t('read')}
          onAction={props.onReadChat}
          refusal={t('notNow')}
          onRefusal={props.onLater}
        />
      )}
    </>
  );
}

const tones = {
  waiting: 'border-waiting-line bg-waiting-soft text-waiting',
  danger: 'border-danger-line bg-danger-soft text-danger',
  news: 'border-line bg-accent-soft text-accent',
} as const;

interface LineProps {
  text: string;
  tone?: keyof typeof tones;
  isBusy?: boolean;
  action?: string;
  onAction?: () => void;
  refusal?: string;
  onRefusal?: () => void;
}

function Line({ text, tone = 'waiting', isBusy = false, action, onAction, refusal, onRefusal }: LineProps) {
  return (
    <div
      className={`flex min-h-11 flex-wrap items-center justify-center gap-x-3 border-b px-4 py-1 text-center text-sm font-medium ${tones[tone]}`}
    >
      {isBusy ? <LoaderCircle aria-hidden className="size-4.5 shrink-0 motion-safe:animate-spin" /> : null}
      <span>{text}</span>
      {action && onAction ? (
        <Button look="quiet" size="small" onPress={onAction}>
          {action}
        </Button>
      ) : null}
      {refusal && onRefusal ? (
        <Button look="quiet" size="small" onPress={onRefusal}>
          {refusal}
        </Button>
      ) : null}
    </div>
  );
}
