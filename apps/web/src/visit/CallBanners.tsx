'use client';

import { useTranslations } from 'next-intl';
import type { Incident, VisitSnapshot } from '../call/contract.ts';
import { isMild, keyOf } from '../call/incidents.ts';
import type { LocalDevices } from '../media/localDevices.ts';
import { useDevicesSnapshot } from '../media/useLocalDevices.ts';
import { BannerLine } from './BannerLine.tsx';
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
          <BannerLine
            key={keyOf(incident)}
            tone={isMild(incident) ? 'waiting' : 'danger'}
            text={wordsOf(incident)}
            action={t('dismiss')}
            onAction={() => props.onRead(incident)}
          />
        ))}
        {snapshot.security === 'distrusted' ? (
          <BannerLine tone="danger" text={t('distrusted')} action={t('whatToDo')} onAction={props.onDistrust} />
        ) : snapshot.connection === 'removed' ? (
          <BannerLine text={t('removed')} isBusy />
        ) : snapshot.connection === 'reconnecting' ? (
          <BannerLine text={t('reconnecting')} isBusy />
        ) : !snapshot.mediaAvailable ? (
          <BannerLine text={t('noMedia')} isBusy />
        ) : hasFailed ? (
          <BannerLine text={t('failed')} action={t('dismiss')} onAction={onDismiss} />
        ) : isMicrophoneBroken ? (
          <BannerLine text={t('noMicrophone')} action={t('devices')} onAction={onDevices} />
        ) : comparer !== null ? (
          <BannerLine
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
        <BannerLine
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
