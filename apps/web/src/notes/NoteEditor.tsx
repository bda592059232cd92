'use client';

import type { StaffId } from '@sotto/protocol/ids';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useId, useState, useSyncExternalStore } from 'react';
import { Button } from '../components/Button.tsx';
import { buttonLook } from '../components/buttonLook.ts';
import { LiveRegion } from '../components/LiveRegion.tsx';
import { Notice } from '../components/Notice.tsx';
import { Select } from '../components/Select.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { Link } from '../i18n/navigation.ts';
import { useTimes } from '../i18n/useTimes.ts';
import { livingPasskeys } from '../keystore/directory.ts';
import { troubleOf } from '../keystore/errors.ts';
import { KeystoreGate } from '../keystore/KeystoreGate.tsx';
import { directoryQuery, objectsQuery } from '../keystore/keystoreQueries.ts';
import type { Pins } from '../keystore/pins.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { wordsOf } from '../keystore/troubleWords.ts';
import { maxNoteLength, type NoteDesk } from './noteDesk.ts';

export interface NoteEditorProps {
  desk: NoteDesk;
  staff: StaffId;
}

/** Writes a note, signs it with the person's passkey and saves it under its seal. */
export function NoteEditor(props: NoteEditorProps) {
  return <KeystoreGate>{({ pins }) => <Editor {...props} pins={pins} />}</KeystoreGate>;
}

function Editor({ desk, staff, pins }: NoteEditorProps & { pins: Pins }) {
  const t = useTranslations('note');
  const common = useTranslations('common');
  const id = useId();
  const times = useTimes();
  const queries = useQueryClient();
  const { text, saving, stored } = useSyncExternalStore(desk.subscribe, desk.getSnapshot, desk.getSnapshot);
  const directory = useQuery(directoryQuery(pins));
  const passkeys = directory.data ? livingPasskeys(directory.data, staff) : [];
  const [chosen, setChosen] = useState<string | null>(null);
  const passkey = passkeys.find(({ credential }) => credential === chosen) ?? passkeys.at(-1);
  const isWorking = saving.tag === 'working';
  const isSigned = saving.tag === 'failed' && saving.isSigned;
  const last = stored.at(-1);
  const save = async () => {
    if (!passkey) return;
    await desk.save(passkey, pins);
    await queries.invalidateQueries({ queryKey: objectsQuery(desk.visit).queryKey });
  };
  if (directory.isPending) return <Skeleton className="h-60" />;
  // A directory that was read once is good enough to go on writing: nobody's editor is taken away.
  if (directory.isLoadingError)
    return <TroubleNotice error={directory.error} onRetry={() => void directory.refetch()} />;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-col gap-1.5">
        <label htmlFor={id} className="font-medium">
          {t('label')}
        </label>
        <textarea
          id={id}
          aria-describedby={`${id}-hint`}
          value={text}
          readOnly={isWorking || isSigned}
          onChange={(event) => desk.write(event.target.value)}
          maxLength={maxNoteLength}
          rows={9}
          autoComplete="off"
          className="min-h-44 w-full resize-y rounded-md border border-line-strong bg-surface p-3 text-base text-ink read-only:bg-sunken"
        />
        <p id={`${id}-hint`} className="text-sm text-ink-soft">
          {t('hint')}
        </p>
      </div>
      {passkeys.length > 1 ? (
        <Select
          label={t('passkey')}
          value={passkey?.credential ?? ''}
          onChange={setChosen}
          isDisabled={isWorking || isSigned}
          options={passkeys.map(({ credential, enrolledAt }) => ({
            value: credential,
            label: t('passkeyOf', { end: credential.slice(-4), when: times.stamp(new Date(enrolledAt)) }),
          }))}
        />
      ) : null}
      {saving.tag === 'failed' ? (
        <TroubleNotice
          error={saving.error}
          actions={
            wordsOf(troubleOf(saving.error)) === 'signedOut' ? (
              <Link href="/sign-in/" prefetch={false} target="_blank" className={buttonLook('secondary')}>
                {common('expired.action')}
              </Link>
            ) : null
          }
        >
          <p>{t(isSigned ? 'keptSigned' : 'kept')}</p>
        </TroubleNotice>
      ) : null}
      {passkeys.length === 0 ? (
        <Notice
          tone="waiting"
          title={t('noPasskey.title')}
          actions={
            // A new tab: the visit and what is typed stay as they are.
            <Link href="/passkeys/" prefetch={false} target="_blank" className={buttonLook('secondary')}>
              {t('noPasskey.action')}
            </Link>
          }
        >
          {t('noPasskey.text')}
        </Notice>
      ) : (
        <div className="flex flex-wrap gap-3">
          <Button isPending={isWorking} isDisabled={text.trim() === ''} onPress={() => void save()}>
            {isWorking ? t(`step.${saving.step}`) : t(saving.tag === 'failed' ? 'again' : 'save')}
          </Button>
          {isSigned ? (
            <Button look="quiet" onPress={desk.change}>
              {t('change')}
            </Button>
          ) : null}
        </div>
      )}
      {last && text === '' ? (
        <Notice tone="verified" title={t('saved.title')} live>
          {t('saved.text', { when: times.time(new Date(last.registeredAt)), index: last.index })}
          {last.isWitnessed ? null : <p>{t('saved.unwitnessed')}</p>}
        </Notice>
      ) : null}
      <LiveRegion text={isWorking ? t(`step.${saving.step}`) : ''} />
    </div>
  );
}
