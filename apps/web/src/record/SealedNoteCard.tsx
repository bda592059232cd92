'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import type { VisitId } from '@sotto/protocol/ids';
import type { SealedObject } from '@sotto/protocol/records';
import { useTranslations } from 'next-intl';
import { Button } from '../components/Button.tsx';
import { Link } from '../i18n/navigation.ts';
import { personNames } from '../keystore/names.ts';
import type { Pins } from '../keystore/pins.ts';
import { NoteFrame } from './NoteFrame.tsx';
import { OpenedText } from './OpenedText.tsx';
import { OpeningTrouble } from './OpeningTrouble.tsx';
import { objectRecord } from './recordAddress.ts';
import { useOpening } from './useOpening.ts';

interface SealedNoteCardProps {
  summary: Pick<SealedObject, 'object' | 'writer' | 'storedAt'>;
  staff: StaffSession['staff'];
  pins: Pins;
  visit: VisitId | null;
  /** Offers the address that a colleague can be given. */
  hasLink?: boolean;
  load: () => Promise<Pick<SealedObject, 'object' | 'manifest' | 'run'>>;
}

/** One sealed note: who and when, and the way to open it, said before it is logged. */
export function SealedNoteCard({ summary, staff, pins, visit, hasLink = false, load }: SealedNoteCardProps) {
  const t = useTranslations('record');
  const { opening, step } = useOpening({ user: staff.id, pins, visit, load });
  const nameOf = personNames([summary.writer, staff]);
  return (
    <NoteFrame summary={summary} isOpen={opening.data !== undefined} step={opening.isPending ? step : null}>
      {opening.data ? (
        <OpenedText note={opening.data} nameOf={nameOf} onClose={() => opening.reset()} />
      ) : (
        <div className="flex flex-col items-start gap-3">
          <p className="text-sm text-ink-soft">{t('before')}</p>
          <div className="flex w-full flex-wrap items-center gap-x-5 gap-y-2">
            <Button
              isPending={opening.isPending}
              onPress={() => opening.mutate({ breakGlass: null, approver: null })}
              wide
            >
              {opening.isPending ? t(`step.${step}`) : t('openIt')}
            </Button>
            {hasLink ? (
              <Link
                href={objectRecord(summary.object)}
                prefetch={false}
                className="inline-flex min-h-11 items-center text-sm text-accent"
              >
                {t('link')}
              </Link>
            ) : null}
          </div>
        </div>
      )}
      {opening.isError ? (
        <OpeningTrouble {...{ staff, pins, error: opening.error, wish: opening.variables }} onOpen={opening.mutate} />
      ) : null}
    </NoteFrame>
  );
}
