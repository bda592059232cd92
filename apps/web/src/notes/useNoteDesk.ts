'use client';

import type { StaffId, VisitId } from '@sotto/protocol/ids';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { useHeldDraft } from './draftHold.ts';
import { NoteDesk } from './noteDesk.ts';

/** The desk of one visit for as long as the page is there; leaving with an unsaved note asks first. */
export function useNoteDesk(visit: VisitId, writer: StaffId) {
  const [desk] = useState(() => new NoteDesk(visit, writer, () => import('./sealedNote.ts')));
  const snapshot = useSyncExternalStore(desk.subscribe, desk.getSnapshot, desk.getSnapshot);
  const hasDraft = snapshot.text.trim() !== '';
  useHeldDraft(hasDraft);
  useEffect(() => {
    if (!hasDraft) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [hasDraft]);
  return { desk, hasDraft };
}
