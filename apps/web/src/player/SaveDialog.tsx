'use client';

import { PlaybackFault } from '@sotto/playback/errors';
import { Download } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { Notice } from '../components/Notice.tsx';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { largeFile, saveFile, savesAsItReads, webmFile } from './fileSaving.ts';
import type { OpenedTrack } from './messages.ts';
import type { OpenRecording } from './playerThread.ts';
import { useFileSaving } from './useFileSaving.ts';
import { useIdleLock } from './useIdleLock.ts';
import { type KnownNames, useRecordedName } from './useRecordedName.ts';

interface SaveDialogProps {
  recording: OpenRecording;
  names: KnownNames;
  recordedAt: Date;
  onClose: () => void;
}

const mebibytes = (octets: number): number => Math.max(0.1, Math.round((octets / 1024 / 1024) * 10) / 10);

/**
 * Saves an opened recording to files, one a person. What that means is said before the first. It closes by itself when nobody is
 * there, but not while a file is being saved.
 */
export function SaveDialog({ recording: { tracks, checks, thread }, names, recordedAt, onClose }: SaveDialogProps) {
  const t = useTranslations('playback.save');
  const nameOf = useRecordedName(checks, names);
  const day = recordedAt.toISOString().slice(0, 10);
  const [saving, setSaving] = useState(0);
  useIdleLock(saving > 0, () => {
    if (saving === 0) onClose();
  });
  const isLarge = !savesAsItReads() && tracks.some(({ length }) => length > largeFile);
  return (
    <Dialog title={t('title')} isOpen onClose={onClose}>
      <p className="text-ink-soft">{t('text')}</p>
      <Notice tone="waiting">{t('warning')}</Notice>
      {isLarge ? <Notice tone="waiting">{t('large')}</Notice> : null}
      <ul className="flex flex-col gap-4">
        {tracks.map((track, index) => (
          <SaveRow
            key={track.track}
            track={track}
            name={nameOf(track.participant)}
            fileName={t('file', { day, number: index + 1 })}
            read={() => thread.read(track.track)}
            onSaving={(isSaving) => setSaving((count) => count + (isSaving ? 1 : -1))}
          />
        ))}
      </ul>
      <Button look="secondary" onPress={onClose} wide>
        {t('done')}
      </Button>
    </Dialog>
  );
}

interface SaveRowProps {
  track: OpenedTrack;
  name: string;
  fileName: string;
  read: () => ReadableStream<Uint8Array<ArrayBuffer>>;
  onSaving: (isSaving: boolean) => void;
}

function SaveRow({ track, name, fileName, read, onSaving }: SaveRowProps) {
  const t = useTranslations('playback.save');
  const [share, setShare] = useState(0);
  const saving = useFileSaving(async ({ length }: OpenedTrack) => {
    setShare(0);
    onSaving(true);
    try {
      return await saveFile(fileName, webmFile, read, (octets) => setShare(octets / length));
    } catch (error) {
      throw error instanceof PlaybackFault ? error : new PlaybackFault('unreachable');
    } finally {
      onSaving(false);
    }
  });
  return (
    <li className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <div className="min-w-40">
          <p className="font-medium break-words">{name}</p>
          <p className="text-sm text-ink-soft">{t('size', { size: mebibytes(track.length) })}</p>
        </div>
        <Button look="secondary" isPending={saving.isPending} onPress={() => saving.mutate(track)}>
          {saving.isPending ? null : <Download aria-hidden className="size-5" />}
          {saving.isPending ? t('saving', { share: Math.floor(share * 100) }) : t(saving.data ? 'again' : 'action')}
        </Button>
      </div>
      {saving.data ? <p className="text-sm text-verified">{t('saved')}</p> : null}
      {saving.isError ? <TroubleNotice error={saving.error} /> : null}
    </li>
  );
}
