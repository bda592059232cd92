'use client';

import type { PatientId } from '@sotto/protocol/ids';
import type { PatientKeyStatement } from '@sotto/protocol/keystore';
import { Download, FileCheck } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Link } from '../i18n/navigation.ts';
import { troubleOf } from '../keystore/errors.ts';
import { assertionText, signWithPasskey } from '../keystore/passkey.ts';
import type { Pins } from '../keystore/pins.ts';
import type { RestrictedExtent } from '../keystore/restrictions.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { recordingWords } from '../keystore/troubleWords.ts';
import { LazyRecordingPlayer } from '../player/LazyRecordingPlayer.tsx';
import { RecordingFrame } from '../player/RecordingFrame.tsx';
import type { ListedRecording } from '../player/recordings.ts';
import { SaveDialog } from '../player/SaveDialog.tsx';
import { refusalWords } from '../record/refusal.ts';
import type { SignRelease } from '../release/release.ts';
import { CodeDialog } from './CodeDialog.tsx';
import { LazyCheckDialog } from './LazyCheckDialog.tsx';
import { OwnRestriction } from './OwnRestriction.tsx';
import type { ListedKey } from './patientKeys.ts';
import { useKeptRelease } from './useKeptRelease.ts';
import { useOwnRecording } from './useOwnRecording.ts';
import { useRestrictedEnd } from './useRestrictedEnd.ts';

interface OwnRecordingCardProps {
  listed: ListedRecording;
  patient: { readonly id: PatientId; readonly name: string };
  keys: readonly ListedKey[];
  /** The same, with the signatures. */
  signed: readonly PatientKeyStatement[];
  pins: Pins;
  /** Of which of its tracks nobody opens; null where all can be opened. */
  restricted: RestrictedExtent | null;
}

/** Each is a request of its own, signed and logged by itself. `check`: its key is saved, for a check of the storage. */
type Deed = 'play' | 'save' | 'check';

/** One recording of the patient who reads: to be played, saved to a file of their own, or checked. */
export function OwnRecordingCard({ listed, patient, keys, signed, pins, restricted }: OwnRecordingCardProps) {
  const t = useTranslations('playback');
  const portal = useTranslations('portal.note');
  const rest =
    restricted === null
      ? listed
      : { ...listed, objects: listed.objects.filter(({ object }) => restricted.rest.includes(object)) };
  const isClosed = rest.objects.length === 0;
  const own = { listed: rest, patient: patient.id, signed, pins };
  const playing = useOwnRecording({ ...own, use: 'open' });
  const saving = useOwnRecording({ ...own, use: 'copy' });
  const checking = useKeptRelease(own);
  const [isChecking, setIsChecking] = useState(false);
  const [asksCodeFor, setAsksCodeFor] = useState<Deed | null>(null);
  const endCheck = () => {
    setIsChecking(false);
    setAsksCodeFor(null);
    checking.keeping.reset();
  };
  useRestrictedEnd({
    ...{ listed, restricted, openings: [playing, saving] },
    onRestricted: endCheck,
  });
  const active = keys.filter(({ isActive }) => isActive);
  const passkeys = active.filter(({ kind }) => kind === 'passkey').map(({ credential }) => credential);
  const codes = active.filter(({ kind }) => kind === 'recoveryCode');
  const byPasskey: SignRelease = async (challenge) =>
    assertionText(await signWithPasskey(pins.rpId, passkeys, challenge));
  const deeds = { play: playing.opening, save: saving.opening, check: checking.keeping };
  const begin = (deed: Deed, sign: SignRelease) => deeds[deed].mutate(sign);
  const beginAny = (deed: Deed) => (passkeys.length > 0 ? begin(deed, byPasskey) : setAsksCodeFor(deed));
  const names = { clinician: listed.writer.name, patient: patient.name };
  const pending = playing.opening.isPending ? playing.step : saving.opening.isPending ? saving.step : null;
  const error = playing.opening.error ?? saving.opening.error;
  const ending = playing.ending ?? saving.ending;
  const opened = isClosed ? null : playing.opened;
  return (
    <RecordingFrame listed={listed} isOpen={opened !== null} isRestricted={isClosed} step={pending} ending={ending}>
      {opened ? (
        <LazyRecordingPlayer
          recording={opened.recording}
          names={names}
          viewer={t('own', { name: patient.name })}
          openedAt={opened.at}
          onClose={() => playing.end(null)}
          onLock={() => playing.end('idle')}
          onFault={playing.end}
        />
      ) : null}
      {restricted !== null ? <OwnRestriction {...restricted} /> : null}
      {isClosed ? null : active.length === 0 ? (
        <p className="text-sm text-ink-soft">{portal(keys.length > 0 ? 'keyWaits' : 'needsKey')}</p>
      ) : pending !== null ? (
        <Button isPending wide>
          {t(`step.${pending}`)}
        </Button>
      ) : (
        <div className="flex flex-col items-start gap-3">
          {opened ? null : <p className="text-sm text-ink-soft">{portal('before')}</p>}
          <div className="flex w-full flex-wrap gap-3">
            {opened === null && passkeys.length > 0 ? (
              <Button onPress={() => begin('play', byPasskey)} wide>
                {t('openIt')}
              </Button>
            ) : null}
            {opened === null && codes.length > 0 ? (
              <Button look={passkeys.length > 0 ? 'secondary' : 'primary'} onPress={() => setAsksCodeFor('play')} wide>
                {portal('withCode')}
              </Button>
            ) : null}
            <Button look="quiet" onPress={() => beginAny('save')} wide>
              <Download aria-hidden className="size-5" />
              {t('save.open')}
            </Button>
            <Button look="quiet" onPress={() => setIsChecking(true)} wide>
              <FileCheck aria-hidden className="size-5" />
              {t('check.open')}
            </Button>
          </div>
        </div>
      )}
      {opened ? (
        <Link
          href="/access-log/#mine"
          prefetch={false}
          className="inline-flex min-h-11 items-center self-start text-accent"
        >
          {portal('toLog')}
        </Link>
      ) : null}
      {error ? (
        <TroubleNotice
          error={error}
          words={refusalWords(troubleOf(error)) ?? recordingWords(troubleOf(error)) ?? undefined}
        />
      ) : null}
      {saving.opened && !isClosed ? (
        <SaveDialog
          recording={saving.opened.recording}
          names={names}
          recordedAt={new Date(listed.storedAt)}
          onClose={() => saving.end(null)}
        />
      ) : null}
      {isChecking && !isClosed ? (
        <LazyCheckDialog
          release={checking}
          recordedAt={new Date(listed.storedAt)}
          onSign={() => beginAny('check')}
          onClose={endCheck}
        />
      ) : null}
      {asksCodeFor && !isClosed ? (
        <CodeDialog
          keys={codes}
          onClose={() => setAsksCodeFor(null)}
          onCode={(key) => {
            setAsksCodeFor(null);
            begin(asksCodeFor, key.sign);
          }}
        />
      ) : null}
    </RecordingFrame>
  );
}
