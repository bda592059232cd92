'use client';

import type { StaffId, VisitId } from '@sotto/protocol/ids';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { useSessionLock } from '../idle/SessionLock.tsx';
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

/** Keeps a page's notes while it is locked: sealed, and for nobody but who wrote them. */
export function NoteDesks({ children }: { children: ReactNode }) {
  const lock = useSessionLock();
  const desks = useRef(new Set<NoteDesk>());
  const isLocked = lock?.standing.tag === 'locked';
  const isLockedNow = lock?.isLockedNow;
  const staff = lock?.session?.staff.id;
  const [isHolding, setHolding] = useState(false);
  useEffect(() => {
    if (staff === undefined) return;
    for (const desk of desks.current) {
      if (desk.writer !== staff) desks.current.delete(desk);
      else void (isLocked ? desk.cover() : desk.uncover());
    }
    setHolding(isLocked && [...desks.current].some(({ hasDraft }) => hasDraft));
  }, [isLocked, staff]);
  const value = useMemo<Desks>(
    () => ({
      find: (visit, writer) => [...desks.current].find((desk) => desk.visit === visit && desk.writer === writer),
      keep: (desk) => {
        desks.current.add(desk);
        return () => {
          if (isLockedNow?.() !== true) desks.current.delete(desk);
        };
      },
    }),
    [isLockedNow],
  );
  return (
    <DesksContext value={value}>
      {children}
      {isHolding ? <HeldWhileLocked /> : null}
    </DesksContext>
  );
}

/** The editor isn't there to ask before its text is lost. */
function HeldWhileLocked() {
  useHeldDraft(true);
  return null;
}
