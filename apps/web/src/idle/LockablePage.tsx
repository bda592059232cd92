'use client';

import type { ReactNode } from 'react';
import { DraftGuard } from '../notes/DraftGuard.tsx';
import { NoteDesks } from '../notes/NoteDesks.tsx';
import { SessionLock } from './SessionLock.tsx';

/** What is around every page of staff: the idle lock, and what keeps an unsaved note from being lost without a question. */
export function LockablePage({ children }: { children: ReactNode }) {
  return (
    <DraftGuard>
      <SessionLock>
        <NoteDesks>{children}</NoteDesks>
      </SessionLock>
    </DraftGuard>
  );
}
