'use client';

import type { PatientKeyStatement } from '@sotto/protocol/keystore';
import type { SealedSummary } from '@sotto/protocol/records';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Link } from '../i18n/navigation.ts';
import { troubleOf } from '../keystore/errors.ts';
import { objectQuery } from '../keystore/keystoreQueries.ts';
import { personNames } from '../keystore/names.ts';
import { assertionText, signWithPasskey } from '../keystore/passkey.ts';
import type { Pins } from '../keystore/pins.ts';
import type { RestrictedExtent } from '../keystore/restrictions.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { NoteFrame } from '../record/NoteFrame.tsx';
import { OpenedText } from '../record/OpenedText.tsx';
import { refusalWords } from '../record/refusal.ts';
import { CodeDialog } from './CodeDialog.tsx';
import { OwnRestriction } from './OwnRestriction.tsx';
import type { ListedKey } from './patientKeys.ts';
import { useOwnOpening } from './useOwnOpening.ts';

interface OwnNoteCardProps {
  summary: SealedSummary;
  keys: readonly ListedKey[];
  /** The same, with the signatures. */
  signed: readonly PatientKeyStatement[];
  pins: Pins;
  /** Since when nobody opens it; null where it can be opened. */
  restricted: RestrictedExtent | null;
}

/** One note about the patient who reads, and the ways to open it that their keys give. */
export function OwnNoteCard({ summary, keys, signed, pins, restricted }: OwnNoteCardProps) {
  const t = useTranslations('portal.note');
  const record = useTranslations('record');
  const queries = useQueryClient();
  const [isAskingCode, setAskingCode] = useState(false);
  const { object, pseudonym, visitId, writer } = summary;
  const load = () =>
    queries.query({ ...objectQuery(object, { purpose: 'patientRequest', as: 'visit' }), staleTime: 0 });
  const { opening, step } = useOwnOpening({ patient: pseudonym, pins, signed, visit: visitId, load });
  const isRestricted = restricted !== null;
  useEffect(() => {
    // What is open of it ends with that, and so does what is being opened.
    if (isRestricted && (opening.data !== undefined || opening.isPending)) opening.reset();
  });
  const active = keys.filter(({ isActive }) => isActive);
  const passkeys = active.filter(({ kind }) => kind === 'passkey').map(({ credential }) => credential);
  const codes = active.filter(({ kind }) => kind === 'recoveryCode');
  const trouble = opening.isError ? troubleOf(opening.error) : null;
  return (
    <NoteFrame
      summary={summary}
      isOpen={opening.data !== undefined && !isRestricted}
      isRestricted={isRestricted}
      step={opening.isPending ? step : null}
    >
      {opening.data && !isRestricted ? (
        <>
          <OpenedText note={opening.data} nameOf={personNames([writer])} onClose={() => opening.reset()} />
          <Link
            href="/access-log/#mine"
            prefetch={false}
            className="inline-flex min-h-11 items-center self-start text-accent"
          >
            {t('toLog')}
          </Link>
        </>
      ) : restricted !== null ? (
        <OwnRestriction {...restricted} />
      ) : active.length > 0 ? (
        <div className="flex flex-col items-start gap-3">
          <p className="text-sm text-ink-soft">{t('before')}</p>
          {opening.isPending ? (
            <Button isPending wide>
              {record(`step.${step}`)}
            </Button>
          ) : (
            <div className="flex w-full flex-wrap gap-3">
              {passkeys.length > 0 ? (
                <Button
                  onPress={() =>
                    opening.mutate(async (challenge) =>
                      assertionText(await signWithPasskey(pins.rpId, passkeys, challenge)),
                    )
                  }
                  wide
                >
                  {record('openIt')}
                </Button>
              ) : null}
              {codes.length > 0 ? (
                <Button look={passkeys.length > 0 ? 'secondary' : 'primary'} onPress={() => setAskingCode(true)} wide>
                  {t('withCode')}
                </Button>
              ) : null}
            </div>
          )}
        </div>
      ) : (
        <p className="text-sm text-ink-soft">{t(keys.length > 0 ? 'keyWaits' : 'needsKey')}</p>
      )}
      {opening.isError && trouble ? (
        <TroubleNotice error={opening.error} words={refusalWords(trouble) ?? undefined} />
      ) : null}
      {isAskingCode && !isRestricted ? (
        <CodeDialog
          keys={codes}
          onClose={() => setAskingCode(false)}
          onCode={(key) => {
            setAskingCode(false);
            opening.mutate(key.sign);
          }}
        />
      ) : null}
    </NoteFrame>
  );
}
