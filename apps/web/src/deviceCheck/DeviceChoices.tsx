'use client';

import { useTranslations } from 'next-intl';
import { Select } from '../components/Select.tsx';
import type { CaptureKind } from '../media/deviceOpening.ts';
import { canChooseSpeaker, type DeviceChoice, type LocalDevices } from '../media/localDevices.ts';
import { useDevicesSnapshot } from '../media/useLocalDevices.ts';

/** Which camera, microphone and speaker, of those that are there. */
export function DeviceChoices({ devices }: { devices: LocalDevices }) {
  const t = useTranslations('check');
  const { choices, microphone, camera, speakerId } = useDevicesSnapshot(devices);
  const kinds: readonly { kind: CaptureKind | 'speaker'; value: string }[] = [
    { kind: 'camera', value: camera.deviceId ?? '' },
    { kind: 'microphone', value: microphone.deviceId ?? '' },
    ...(canChooseSpeaker() ? ([{ kind: 'speaker', value: speakerId }] as const) : []),
  ];
  const shown = kinds.filter(({ kind }) => choices[kind].length > 0);
  if (shown.length === 0) return null;
  const options = (kind: CaptureKind | 'speaker', found: readonly DeviceChoice[]) => {
    const named = found.map((choice, index) => ({
      value: choice.deviceId,
      label: choice.label || t(`unnamed.${kind}`, { number: index + 1 }),
    }));
    const hasDefault = found.some((choice) => choice.deviceId === 'default');
    return kind === 'speaker' && !hasDefault ? [{ value: '', label: t('systemSpeaker') }, ...named] : named;
  };
  return (
    <div className="flex flex-col gap-4">
      {shown.map(({ kind, value }) => {
        const offered = options(kind, choices[kind]);
        const known = offered.some((option) => option.value === value);
        return (
          <Select
            key={kind}
            label={t(`kind.${kind}`)}
            value={known ? value : (offered[0]?.value ?? '')}
            options={offered}
            onChange={(chosen) => void devices.choose(kind, chosen)}
          />
        );
      })}
    </div>
  );
}
