'use client';

import { useTranslations } from 'next-intl';
import { SidePanel } from '../components/SidePanel.tsx';
import { LazyNoteEditor } from './LazyNoteEditor.tsx';
import type { NoteEditorProps } from './NoteEditor.tsx';

/** The note beside the visit. */
export function NotePanel({ onClose, ...editor }: NoteEditorProps & { onClose: () => void }) {
  const t = useTranslations('note');
  return (
    <SidePanel title={t('title')} closeLabel={t('close')} onClose={onClose}>
      <LazyNoteEditor {...editor} />
    </SidePanel>
  );
}
