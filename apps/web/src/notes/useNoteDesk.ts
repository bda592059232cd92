'use client';

import type { StaffId, VisitId } from '@sotto/protocol/ids';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { useHeldDraft } from './draftHold.ts';
import { useDesks } from './NoteDesks.tsx';
import { NoteDesk } from './noteDesk.ts';

/** The desk of one visit for as long as the page is there; leaving with an unsaved note asks first. */
export function useNoteDesk(visit: VisitId, writer: StaffId) {
  const desks = useDesks();
  const [desk] = useState(
    () => desks.find(visit, writer) ?? new NoteDesk(visit, writer, () => import('./sealedNote.ts')),
  );
  const { hasDraft } = desk;
  useSyncExternalStore(desk.subscribe, desk.getSnapshot, desk.getSnapshot);
  useHeldDraft(hasDraft);
  useEffect(() => desks.keep(desk), [desks, desk]);
  return { desk, hasDraft };
}
