'use client';

import { X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { IconButton } from '../components/IconButton.tsx';
import { LazyNoteEditor } from './LazyNoteEditor.tsx';
import type { NoteEditorProps } from './NoteEditor.tsx';

/** The note beside the visit. */
export function NotePanel({ onClose, ...editor }: NoteEditorProps & { onClose: () => void }) {
  const t = useTranslations('note');
  return (
    <section
      aria-label={t('title')}
      className="z-20 flex flex-col gap-6 overflow-y-auto border-s border-line bg-surface p-4 max-lg:absolute max-lg:inset-0 lg:w-96 lg:shrink-0"
    >
      <div className="flex items-center justify-between">
        <h2 className="text-lg font-semibold">{t('title')}</h2>
        <IconButton label={t('close')} icon={X} onPress={onClose} />
      </div>
      <LazyNoteEditor {...editor} />
    </section>
  );
}
