'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Select } from '../components/Select.tsx';
import { Link } from '../i18n/navigation.ts';
import { troubleOf } from '../keystore/errors.ts';
import type { Pins } from '../keystore/pins.ts';
import { recordingWords } from '../keystore/troubleWords.ts';
import { OpeningTrouble } from '../record/OpeningTrouble.tsx';
import { recordingRecord } from '../record/recordAddress.ts';
import type { OpeningWish } from '../record/useOpening.ts';
import { mainRole, reviewsOnly } from '../staff/heldRoles.ts';
import { useRoleName } from '../staff/useRoleName.ts';
import { LazyRecordingPlayer } from './LazyRecordingPlayer.tsx';
import { RecordingFrame } from './RecordingFrame.tsx';
import type { ListedRecording } from './recordings.ts';
import { useRecordingOpening } from './useRecordingOpening.ts';

/** Why a member of staff opens a recording; an emergency has a way of its own. */
const purposes = ['treatment', 'operations', 'patientRequest'] as const;
type Purpose = (typeof purposes)[number];

interface RecordingCardProps {
  listed: ListedRecording;
  staff: StaffSession['staff'];
  /** Null where this page doesn't know whose visit it was. */
  patient: string | null;
  pins: Pins;
}

/** One sealed recording, for staff: the way to open it, said before it is logged, and its player. */
export function RecordingCard({ listed, staff, patient, pins }: RecordingCardProps) {
  const t = useTranslations('playback');
  const roleName = useRoleName();
  const offered = reviewsOnly(staff) ? (['operations'] as const) : purposes;
  const [purpose, setPurpose] = useState<Purpose>(offered[0]);
  const { opening, step, opened, ending, end } = useRecordingOpening<OpeningWish>({
    ...{ listed, pins },
    askingFor: async ({ breakGlass, approver }, directory) => {
      const { staffSigner } = await import('../release/release.ts');
      const approval = approver === null ? null : { approver, sign: staffSigner(directory, pins, approver) };
      const sign = staffSigner(directory, pins, staff.id);
      const why = breakGlass === null ? purpose : 'emergency';
      return { user: staff.id, session: 'staff', sign, purpose: why, use: 'open', breakGlass, approval, pins };
    },
  });
  return (
    <RecordingFrame listed={listed} isOpen={opened !== null} step={opening.isPending ? step : null} ending={ending}>
      {opened ? (
        <LazyRecordingPlayer
          recording={opened.recording}
          names={{ clinician: listed.writer.name, patient }}
          viewer={`${staff.name}, ${roleName(mainRole(staff))}`}
          openedAt={opened.at}
          onClose={() => end(null)}
          onLock={() => end('idle')}
          onFault={end}
        />
      ) : (
        <div className="flex flex-col items-start gap-4">
          <p className="text-sm text-ink-soft">{t('before')}</p>
          <div className="flex w-full flex-wrap items-end gap-4">
            <div className="w-full sm:w-72">
              <Select
                label={t('purpose')}
                value={purpose}
                isDisabled={opening.isPending}
                onChange={(value) => setPurpose(purposes.find((one) => one === value) ?? offered[0])}
                options={offered.map((one) => ({ value: one, label: t(`purposes.${one}`) }))}
              />
            </div>
            <Button
              isPending={opening.isPending}
              onPress={() => opening.mutate({ breakGlass: null, approver: null })}
              wide
            >
              {opening.isPending ? t(`step.${step}`) : t('openIt')}
            </Button>
          </div>
          <Link
            href={recordingRecord(listed.objects.map(({ object }) => object))}
            prefetch={false}
            className="inline-flex min-h-11 items-center text-sm text-accent"
          >
            {t('link')}
          </Link>
        </div>
      )}
      {opening.isError ? (
        <OpeningTrouble
          {...{ staff, pins, error: opening.error, wish: opening.variables }}
          words={recordingWords(troubleOf(opening.error))}
          onOpen={opening.mutate}
        />
      ) : null}
    </RecordingFrame>
  );
}
