'use client';

import type { StaffId, VisitId } from '@sotto/protocol/ids';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { useSessionLock } from '../idle/SessionLock.tsx';
import { DeskShelf } from './deskShelf.ts';
import { useHeldDraft } from './draftHold.ts';
import type { NoteDesk } from './noteDesk.ts';

interface Desks {
  /** One that was kept. */
  readonly find: (visit: VisitId, writer: StaffId) => NoteDesk | undefined;
  /** Keeps one until what it gives back is called; if the page is locked then, until that is over and somebody writes on. */
  readonly keep: (desk: NoteDesk) => () => void;
}

const DesksContext = createContext<Desks>({ find: () => undefined, keep: () => () => undefined });

export const useDesks = (): Desks => useContext(DesksContext);

/** Keeps a page's notes while it is locked, and after that until they are shown again. */
export function NoteDesks({ children }: { children: ReactNode }) {
  const lock = useSessionLock();
  const [shelf] = useState(() => new DeskShelf());
  const isHolding = useSyncExternalStore(shelf.subscribe, shelf.hasUnshownDraft, () => false);
  const isLocked = lock?.standing.tag === 'locked';
  const isLockedNow = lock?.isLockedNow;
  const staff = lock?.session?.staff.id;
  useEffect(() => {
    if (staff !== undefined) shelf.setLocked(isLocked, staff);
  }, [shelf, isLocked, staff]);
  const value = useMemo<Desks>(
    () => ({
      find: (visit, writer) => shelf.find(visit, writer),
      keep: (desk) => {
        shelf.show(desk);
        return () => shelf.hide(desk, isLockedNow?.() === true);
      },
    }),
    [shelf, isLockedNow],
  );
  return (
    <DesksContext value={value}>
      {children}
      {isHolding ? <HeldUnshown /> : null}
    </DesksContext>
  );
}

/** The editor isn't there to ask before its text is lost. */
function HeldUnshown() {
  useHeldDraft(true);
  return null;
}
