import { type ParticipantId, participantId, type SessionId, sessionId, type VisitId } from '@sotto/protocol/ids';
import * as z from 'zod';

/**
 * Whom the user of this browser tab let into a visit. Only these are ever added to the group by a physician's
 * client: the server's word that somebody was admitted counts for nothing. An admission is for one session of a person:
 * who opens the same link elsewhere has to be let in anew, and then takes the place of the one before. Kept for the tab, so that a reload
 * in the middle of a visit doesn't turn its people away.
 */
export interface StandingAdmissions {
  has(participant: ParticipantId, session: SessionId): boolean;
  add(participant: ParticipantId, session: SessionId): void;
  remove(participant: ParticipantId): void;
}

const stored = z.array(z.tuple([participantId, sessionId])).max(64);

/** @param storage the tab's `sessionStorage`; null where the browser refuses it (then a reload forgets) */
export function openStandingAdmissions(visit: VisitId, storage: Storage | null): StandingAdmissions {
  const key = `sotto/admitted/v2/${visit}`;
  const admitted = new Map<ParticipantId, SessionId>(read(key, storage));
  const save = () => {
    try {
      storage?.setItem(key, JSON.stringify([...admitted]));
    } catch {
      // A full or forbidden storage costs the reload, not the visit.
    }
  };
  return {
    has: (participant, session) => admitted.get(participant) === session,
    add(participant, session) {
      admitted.set(participant, session);
      save();
    },
    remove(participant) {
      admitted.delete(participant);
      save();
    },
  };
}

function read(key: string, storage: Storage | null): readonly (readonly [ParticipantId, SessionId])[] {
  try {
    return stored.parse(JSON.parse(storage?.getItem(key) ?? '[]'));
  } catch {
    return [];
  }
}
