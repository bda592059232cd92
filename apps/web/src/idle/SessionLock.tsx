'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useEffectEvent,
  useMemo,
  useState,
  useSyncExternalStore,
} from 'react';
import { reportActivity } from '../clinic/clinicApi.ts';
import { sessionQuery } from '../clinic/clinicQueries.ts';
import { onActivity } from './activity.ts';
import { browserClocks } from './idleClock.ts';
import { type LockStanding, lockWord, SessionWatch, type WatchPorts } from './sessionWatch.ts';
import { WatchSlot } from './watchSlot.ts';

const lookMs = 1_000;

export interface SessionLockState {
  readonly standing: LockStanding;
  /** Whose session it is; null before that is known. */
  readonly session: StaffSession | null;
  /** Somebody is there: they did something, or watch what moves. */
  readonly touch: () => void;
  /** How it stands this very moment, for what goes away because of it. */
  readonly isLockedNow: () => boolean;
  /** Its holder has shown who they are. */
  readonly unlock: (session: StaffSession) => void;
}

/** Pages of patients have none: null there. */
const SessionLockContext = createContext<SessionLockState | null>(null);

export const useSessionLock = (): SessionLockState | null => useContext(SessionLockContext);

/** Whether what a page shows is to be covered. */
export const useIsLocked = (): boolean => useSessionLock()?.standing.tag === 'locked';

const open: LockStanding = { tag: 'open' };
const locked: LockStanding = { tag: 'locked' };
const ageOf = (updatedAt: number): number => Math.max(0, Date.now() - updatedAt);

/** Watches over the session of staff whose page this is. It asks for no session: the page does. */
export function SessionLock({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const { data: session, dataUpdatedAt } = useQuery({ ...sessionQuery, enabled: false });
  const slot = useSessionWatch(session, dataUpdatedAt);
  const watched = useSyncExternalStore(slot.subscribe, slot.getSnapshot, () => null);
  // A page that comes up locked shows nothing before the watch is there.
  const standing = watched ?? (session?.idleLock.isLocked ? locked : open);
  const acts = useMemo(
    () => ({
      touch: () => slot.watch?.touch(),
      isLockedNow: () => slot.getSnapshot()?.tag === 'locked',
      unlock: (unlocked: StaffSession) => {
        queries.setQueryData(sessionQuery.queryKey, unlocked);
        slot.watch?.unlocked();
      },
    }),
    [slot, queries],
  );
  const value = useMemo<SessionLockState>(
    () => ({ standing, session: session ?? null, ...acts }),
    [standing, session, acts],
  );
  return <SessionLockContext value={value}>{children}</SessionLockContext>;
}

/** The watch over a session, from when it is known for as long as the page is there. */
function useSessionWatch(session: StaffSession | undefined, updatedAt: number): WatchSlot {
  const queries = useQueryClient();
  const [slot] = useState(() => new WatchSlot());
  const afterSeconds = session?.idleLock.afterSeconds;
  const staff = session?.staff.id;
  const make = useEffectEvent((ports: WatchPorts) =>
    session === undefined ? null : new SessionWatch(ports, session.idleLock, ageOf(updatedAt)),
  );
  useEffect(() => {
    if (afterSeconds === undefined || staff === undefined) return undefined;
    // Cookies are the browser's, so all its pages of one person are of one session.
    const channel = new BroadcastChannel(`sotto-idle-lock ${staff}`);
    const watch = make({
      clocks: browserClocks,
      report: (idleSeconds) => reportActivity({ idleSeconds }),
      tell: (word) => channel.postMessage(word),
      onChanged: () => void queries.invalidateQueries({ queryKey: sessionQuery.queryKey }),
    });
    if (watch === null) return undefined;
    channel.onmessage = ({ data }: MessageEvent<unknown>) => watch.told(lockWord.parse(data));
    const look = () => watch.look();
    const timer = setInterval(look, lookMs);
    const stopHearing = onActivity(watch.touch);
    document.addEventListener('visibilitychange', look);
    const end = slot.begin(watch);
    return () => {
      end();
      clearInterval(timer);
      stopHearing();
      document.removeEventListener('visibilitychange', look);
      channel.close();
    };
  }, [afterSeconds, staff, queries, slot]);
  useEffect(() => {
    if (session) slot.watch?.heard(session.idleLock, ageOf(updatedAt));
  }, [slot, session, updatedAt]);
  return slot;
}
