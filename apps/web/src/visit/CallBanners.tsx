'use client';

import { LoaderCircle } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { VisitSnapshot } from '../call/contract.ts';
import { Button } from '../components/Button.tsx';
import type { LocalDevices } from '../media/localDevices.ts';
import { useDevicesSnapshot } from '../media/useLocalDevices.ts';

interface CallBannersProps {
  snapshot: VisitSnapshot;
  devices: LocalDevices;
  /** The last thing asked for didn't take effect. */
  hasFailed: boolean;
  onDismiss: () => void;
  onDevices: () => void;
}

/** What concerns the whole visit: at most one line, the gravest. */
export function CallBanners({ snapshot, devices, hasFailed, onDismiss, onDevices }: CallBannersProps) {
  const t = useTranslations('call.banner');
  const { microphone } = useDevicesSnapshot(devices);
  const isMicrophoneBroken = !['live', 'off', 'asking', 'idle'].includes(microphone.status);
  return (
    <div role="status">
      {snapshot.connection === 'reconnecting' ? (
        <Line text={t('reconnecting')} isBusy />
      ) : !snapshot.mediaAvailable ? (
        <Line text={t('noMedia')} isBusy />
      ) : hasFailed ? (
        <Line text={t('failed')} action={t('dismiss')} onAction={onDismiss} />
      ) : isMicrophoneBroken ? (
        <Line text={t('noMicrophone')} action={t('devices')} onAction={onDevices} />
      ) : null}
    </div>
  );
}

interface LineProps {
  text: string;
  isBusy?: boolean;
  action?: string;
  onAction?: () => void;
}

function Line({ text, isBusy = false, action, onAction }: LineProps) {
  return (
    <div className="flex min-h-11 items-center justify-center gap-3 border-b border-waiting-line bg-waiting-soft px-4 py-1 text-center text-sm font-medium text-waiting">
      {isBusy ? <LoaderCircle aria-hidden className="size-4.5 shrink-0 motion-safe:animate-spin" /> : null}
      <span>{text}</span>
      {action && onAction ? (
        <Button look="quiet" size="small" onPress={onAction}>
          {action}
        </Button>
      ) : null}
    </div>
  );
}
