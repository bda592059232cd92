'use client';

import type { StaffId, VisitId } from '@sotto/protocol/ids';
import { useLocale, useTranslations } from 'next-intl';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { Notice } from '../components/Notice.tsx';
import type { Pins } from '../keystore/pins.ts';
import { isOpen as isRunning } from '../visit/recordingView.ts';
import type { RecorderBoothProps } from '../visit/visitRecorder.ts';
import { canRecord } from './deviceRoom.ts';
import { RecordDialog } from './RecordDialog.tsx';
import { createRecordingShelf } from './recordingShelf.ts';
import { createRecordingStudio, type StudioTrouble } from './recordingStudio.ts';
import { StoringNotice } from './StoringNotice.tsx';
import { mayUpload } from './uploadPace.ts';
import { usePins } from './usePins.ts';

export interface RecorderBoothOptions extends RecorderBoothProps {
  readonly visit: VisitId;
  readonly staff: StaffId;
}

/** The clinician's side of a recording: asks everybody, records, stores. */
export function RecorderBooth(props: RecorderBoothOptions) {
  const t = useTranslations('recording.record');
  const pins = usePins();
  if (pins !== null && canRecord()) return <Booth {...props} pins={pins} />;
  return props.isOpen ? (
    <Dialog title={t('title')} isOpen onClose={props.onClose}>
      <p>{t(pins === null ? 'noKeystore' : 'cantHere')}</p>
      <div className="flex sm:justify-end">
        <Button look="secondary" wide onPress={props.onClose}>
          {t('close')}
        </Button>
      </div>
    </Dialog>
  ) : null;
}

function Booth({ call, snapshot, isOpen, onClose, visit, staff, pins }: RecorderBoothOptions & { pins: Pins }) {
  const t = useTranslations('recording.record');
  const language = useLocale();
  const [isUnpromised, setUnpromised] = useState(false);
  const [trouble, setTrouble] = useState<StudioTrouble | null>(null);
  const [shelf] = useState(() =>
    createRecordingShelf({ staff, pins, visit, mayUpload: () => mayUpload(() => call.recording.line()) }),
  );
  const [studio] = useState(() =>
    createRecordingStudio({
      call,
      visit,
      staff,
      pins,
      language,
      onKept: shelf.wake,
      onUnpromised: () => setUnpromised(true),
      onTrouble: setTrouble,
    }),
  );
  useEffect(
    () => () => {
      studio.close();
      shelf.close();
    },
    [shelf, studio],
  );
  const state = useSyncExternalStore(shelf.subscribe, shelf.getSnapshot, shelf.getSnapshot);
  const { recording } = snapshot;
  const isOwn = recording?.isOwn === true && isRunning(recording);
  return (
    <>
      <div className="flex flex-col gap-2 p-3 empty:hidden sm:px-4">
        {trouble === null ? null : (
          <Notice
            tone="danger"
            title={t(`trouble.${trouble}.title`)}
            live
            actions={
              <Button look="secondary" size="small" onPress={() => setTrouble(null)}>
                {t('close')}
              </Button>
            }
          >
            <p>{t(`trouble.${trouble}.text`)}</p>
          </Notice>
        )}
        {isUnpromised && (isOwn || state.waiting > 0) ? (
          <Notice
            tone="info"
            title={t('unpromised.title')}
            actions={
              <Button look="secondary" size="small" onPress={() => setUnpromised(false)}>
                {t('close')}
              </Button>
            }
          >
            <p>{t('unpromised.text')}</p>
          </Notice>
        ) : null}
        <StoringNotice state={state} isRunning={isOwn} />
      </div>
      {isOpen ? (
        <RecordDialog
          snapshot={snapshot}
          onAsk={(reason) => {
            setTrouble(null);
            return studio.ask(reason);
          }}
          onStop={() => {
            if (recording !== null) void call.recording.stop(recording.terms.recording);
          }}
          onConfirm={() => void call.rejoin()}
          onClose={onClose}
        />
      ) : null}
    </>
  );
}
