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
  /** The user took them out: until they are let in again they have to go, whatever group this browser gets into. */
  putOut(participant: ParticipantId): void;
  isPutOut(participant: ParticipantId): boolean;
}

const stored = z.array(z.tuple([participantId, sessionId])).max(64);
const storedOut = z.array(participantId).max(256);

/** @param storage the tab's `sessionStorage`; null where the browser refuses it (then a reload forgets) */
export function openStandingAdmissions(visit: VisitId, storage: Storage | null): StandingAdmissions {
  const key = `sotto/admitted/v2/${visit}`;
  const outKey = `sotto/putOut/v1/${visit}`;
  const admitted = new Map<ParticipantId, SessionId>(read(key, stored, storage));
  const out = new Set<ParticipantId>(read(outKey, storedOut, storage));
  const save = () => {
    try {
      storage?.setItem(key, JSON.stringify([...admitted]));
      storage?.setItem(outKey, JSON.stringify([...out]));
    } catch {
      // A full or forbidden storage costs the reload, not the visit.
    }
  };
  return {
    has: (participant, session) => admitted.get(participant) === session,
    add(participant, session) {
      admitted.set(participant, session);
      out.delete(participant);
      save();
    },
    remove(participant) {
      admitted.delete(participant);
      save();
    },
    putOut(participant) {
      admitted.delete(participant);
      out.add(participant);
      save();
    },
    isPutOut: (participant) => out.has(participant),
  };
}

function read<T>(key: string, schema: z.ZodType<T[]>, storage: Storage | null): readonly T[] {
  try {
    return schema.parse(JSON.parse(storage?.getItem(key) ?? '[]'));
  } catch {
    return [];
  }
}
