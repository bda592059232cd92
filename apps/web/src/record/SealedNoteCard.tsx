'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import type { VisitId } from '@sotto/protocol/ids';
import type { SealedObject } from '@sotto/protocol/records';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../components/Button.tsx';
import { buttonLook } from '../components/buttonLook.ts';
import { Link } from '../i18n/navigation.ts';
import { troubleOf } from '../keystore/errors.ts';
import { personNames } from '../keystore/names.ts';
import type { Pins } from '../keystore/pins.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { BreakGlassDialog } from './BreakGlassDialog.tsx';
import { NoteFrame } from './NoteFrame.tsx';
import { OpenedText } from './OpenedText.tsx';
import { objectRecord } from './recordAddress.ts';
import { mayBreakGlass, recordedAs, refusalWords } from './refusal.ts';
import { SecondSignerDialog } from './SecondSignerDialog.tsx';
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
  const [isBreaking, setBreaking] = useState(false);
  const [isAskingSecond, setAskingSecond] = useState(false);
  const nameOf = personNames([summary.writer, staff]);
  const trouble = opening.isError ? troubleOf(opening.error) : null;
  const recorded = trouble === null ? null : recordedAs(trouble);
  const lacksPasskey = trouble?.of === 'passkey' && trouble.code === 'noPasskey';
  const canBreak = trouble !== null && mayBreakGlass(trouble, staff.role);
  const wantsSecond = trouble !== null && refusalWords(trouble) === 'deniedTwo';
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
        <TroubleNotice
          error={opening.error}
          words={trouble === null ? undefined : (refusalWords(trouble) ?? undefined)}
          actions={
            <>
              {canBreak ? (
                <Button look="dangerQuiet" onPress={() => setBreaking(true)}>
                  {t('breakGlass.open')}
                </Button>
              ) : null}
              {wantsSecond ? (
                <Button look="secondary" onPress={() => setAskingSecond(true)}>
                  {t('second.open')}
                </Button>
              ) : null}
              {lacksPasskey ? (
                <Link href="/passkeys/" prefetch={false} className={buttonLook('secondary')}>
                  {t('toPasskeys')}
                </Link>
              ) : null}
            </>
          }
        >
          {recorded === null ? null : <p>{t(recorded)}</p>}
        </TroubleNotice>
      ) : null}
      {isAskingSecond ? (
        <SecondSignerDialog
          me={staff.id}
          pins={pins}
          onClose={() => setAskingSecond(false)}
          onOpen={(approver) => {
            setAskingSecond(false);
            // What was refused for want of a second signature, with its reason.
            opening.mutate({ breakGlass: opening.variables?.breakGlass ?? null, approver });
          }}
        />
      ) : null}
      {isBreaking ? (
        <BreakGlassDialog
          onClose={() => setBreaking(false)}
          onOpen={(reason) => {
            setBreaking(false);
            opening.mutate({ breakGlass: reason, approver: null });
          }}
        />
      ) : null}
    </NoteFrame>
  );
}
