'use client';

import { useTranslations } from 'next-intl';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { LiveRegion } from '../components/LiveRegion.tsx';
import { Notice } from '../components/Notice.tsx';
import { troubleOf } from '../keystore/errors.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { jsonFile, saveFile } from '../player/fileSaving.ts';
import { useFileSaving } from '../player/useFileSaving.ts';
import { useIdleLock } from '../player/useIdleLock.ts';
import { refusalWords } from '../record/refusal.ts';
import type { KeptRelease } from './useKeptRelease.ts';

interface CheckDialogProps {
  release: KeptRelease;
  recordedAt: Date;
  /** They go on to sign. */
  onSign: () => void;
  onClose: () => void;
}

/**
 * A recording's key for a check of what the clinic stores: what that means is said before it is signed for. It can't be closed
 * while the key is asked for, since that is logged; and closes by itself when nobody is there.
 */
export function CheckDialog({ release: { keeping, step }, recordedAt, onSign, onClose }: CheckDialogProps) {
  const t = useTranslations('playback.check');
  const steps = useTranslations('playback.step');
  const saving = useFileSaving((file: Blob) => {
    const day = recordedAt.toISOString().slice(0, 10);
    return saveFile(
      t('file', { day }),
      jsonFile,
      () => file.stream(),
      () => undefined,
    );
  });
  const { data: file, isPending, error } = keeping;
  useIdleLock(isPending ? 'working' : null, () => {
    if (!isPending) onClose();
  });
  return (
    <Dialog title={t('title')} isOpen isKept={isPending} onClose={onClose}>
      <p className="text-ink-soft">{t('text')}</p>
      <Notice tone="waiting">{t('warning')}</Notice>
      {file ? <p>{t('ready')}</p> : <p className="text-sm text-ink-soft">{t('logged')}</p>}
      {error ? <TroubleNotice error={error} words={refusalWords(troubleOf(error)) ?? undefined} /> : null}
      {saving.isError ? <Notice tone="danger" title={t('notSaved')} live /> : null}
      <div className="flex flex-col-reverse gap-3 sm:flex-row sm:justify-end">
        <Button look="secondary" isDisabled={isPending} onPress={onClose} wide>
          {t(saving.data ? 'done' : 'cancel')}
        </Button>
        {file ? (
          <Button onPress={() => saving.mutate(file)} isPending={saving.isPending} wide>
            {t(saving.data ? 'again' : 'save')}
          </Button>
        ) : (
          <Button onPress={onSign} isPending={isPending} wide>
            {isPending ? steps(step) : t('begin')}
          </Button>
        )}
      </div>
      <LiveRegion text={saving.data ? t('saved') : file ? t('ready') : ''} />
    </Dialog>
  );
}
