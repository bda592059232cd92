'use client';

import { useTranslations } from 'next-intl';
import { type ComponentType, useEffect, useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import type { NoteEditorProps } from './NoteEditor.tsx';

/** The editor and all that seals, fetched when somebody wants to write. */
export function LazyNoteEditor(props: NoteEditorProps) {
  const t = useTranslations('note');
  const [Editor, setEditor] = useState<ComponentType<NoteEditorProps> | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [failedAttempt, setFailedAttempt] = useState<number | null>(null);
  useEffect(() => {
    let current = true;
    import('./NoteEditor.tsx').then(
      ({ NoteEditor }) => {
        if (current) setEditor(() => NoteEditor);
      },
      () => {
        if (current) setFailedAttempt(attempt);
      },
    );
    return () => {
      current = false;
    };
  }, [attempt]);
  if (Editor) return <Editor {...props} />;
  if (failedAttempt === attempt) {
    return (
      <Notice
        tone="danger"
        title={t('notLoaded.title')}
        live
        actions={<Button onPress={() => setAttempt(attempt + 1)}>{t('notLoaded.again')}</Button>}
      >
        {t('notLoaded.text')}
      </Notice>
    );
  }
  return <Skeleton className="h-60" />;
}
