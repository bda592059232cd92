'use client';

import { Circle, CirclePause, CircleStop, LoaderCircle } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { useState } from 'react';
import type { VisitSnapshot } from '../call/contract.ts';
import { Button } from '../components/Button.tsx';
import { LiveRegion } from '../components/LiveRegion.tsx';
import { askerName, type RecordingView, recordingView } from './recordingView.ts';

interface RecordingLineProps {
  snapshot: VisitSnapshot;
  /** Ends it for everybody. */
  onStop: () => void;
}

/** Whether the visit is recorded, on every screen: a red dot with the word, and the way to end it. */
export function RecordingLine({ snapshot, onStop }: RecordingLineProps) {
  const t = useTranslations('recording.line');
  const format = useFormatter();
  const [read, setRead] = useState<string | null>(null);
  const view = recordingView(snapshot);
  const id = snapshot.recording?.terms.recording ?? null;
  const text = view === null ? '' : wordsOf(view);
  const isOver = view?.tag === 'stopped';
  const isRed = view?.tag === 'recording' || view?.tag === 'unheard';
  const isUnread = view !== null && !(isOver && view.isConfirmed && read === id);

  function wordsOf(shown: RecordingView): string {
    const name = askerName(snapshot) ?? t('someone');
    switch (shown.tag) {
      case 'asking':
      case 'starting':
        return t(shown.tag);
      case 'recording':
        return snapshot.recording?.isOwn === true ? t('recordingOwn') : t('recording', { name });
      case 'unheard':
        return t('unheard', { name });
      case 'paused': {
        const names = shown.names.map((one) => one ?? t('someone'));
        return names.length === 0 ? t('pausedPlain') : t('paused', { names: format.list(names) });
      }
      case 'interrupted':
        return t('interrupted', { name });
      case 'stopped': {
        const by = shown.by === null ? null : (shown.by.name ?? t('someone'));
        if (!shown.isConfirmed) {
          return by === null ? t('unconfirmed.self', { name }) : t('unconfirmed.other', { by, name });
        }
        return by === null ? t(`stopped.${shown.why}.self`) : t(`stopped.${shown.why}.other`, { name: by });
      }
    }
  }

  return (
    <>
      {isUnread ? (
        <section
          aria-label={t('label')}
          className={`flex min-h-11 items-center justify-between gap-x-3 border-b px-4 py-1 text-sm font-medium sm:justify-center ${isRed ? 'border-danger-line bg-danger-soft text-danger' : 'border-line bg-sunken text-ink'}`}
        >
          <span className="flex min-w-0 items-center gap-2.5">
            <Mark view={view} />
            <span>
              {text}
              {view.tag === 'recording' ? (
                <span className="block font-normal sm:ms-2.5 sm:inline">{t('who')}</span>
              ) : null}
            </span>
          </span>
          {isOver ? (
            view.isConfirmed ? (
              <Button look="quiet" size="small" onPress={() => setRead(id)}>
                {t('dismiss')}
              </Button>
            ) : null
          ) : (
            <Button look="quiet" size="small" onPress={onStop}>
              {t(view.tag === 'asking' || view.tag === 'starting' ? 'cancel' : 'stop')}
            </Button>
          )}
        </section>
      ) : null}
      <LiveRegion text={text} urgent={isRed || isOver} />
    </>
  );
}

function Mark({ view }: { view: RecordingView }) {
  switch (view.tag) {
    case 'recording':
      return <Circle aria-hidden className="size-3.5 shrink-0 fill-danger-fill text-danger-fill" />;
    case 'asking':
    case 'starting':
      return <LoaderCircle aria-hidden className="size-4.5 shrink-0 motion-safe:animate-spin" />;
    case 'unheard':
      return <Circle aria-hidden className="size-3.5 shrink-0 text-danger-fill" />;
    case 'paused':
    case 'interrupted':
      return <CirclePause aria-hidden className="size-4.5 shrink-0" />;
    case 'stopped':
      return <CircleStop aria-hidden className="size-4.5 shrink-0" />;
  }
}
