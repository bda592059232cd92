import { type ParticipantId, participantId, type VisitId } from '@sotto/protocol/ids';
import * as z from 'zod';

/**
 * Whom the user of this browser tab let into a visit. Only these are ever added to the group by a physician's
 * client: the server's word that somebody was admitted counts for nothing. Kept for the tab, so that a reload
 * in the middle of a visit doesn't turn its people away.
 */
export interface StandingAdmissions {
  has(participant: ParticipantId): boolean;
  add(participant: ParticipantId): void;
  remove(participant: ParticipantId): void;
}

const stored = z.array(participantId).max(64);

/** @param storage the tab's `sessionStorage`; null where the browser refuses it (then a reload forgets) */
export function openStandingAdmissions(visit: VisitId, storage: Storage | null): StandingAdmissions {
  const key = `sotto/admitted/v1/${visit}`;
  const admitted = new Set<ParticipantId>(read(key, storage));
  const save = () => {
    try {
      storage?.setItem(key, JSON.stringify([...admitted]));
    } catch {
      // A full or forbidden storage costs the reload, not the visit.
    }
  };
  return {
    has: (participant) => admitted.has(participant),
    add(participant) {
      admitted.add(participant);
      save();
    },
    remove(participant) {
      admitted.delete(participant);
      save();
    },
  };
}

function read(key: string, storage: Storage | null): readonly ParticipantId[] {
  try {
    return stored.parse(JSON.parse(storage?.getItem(key) ?? '[]'));
  } catch {
    return [];
  }
}
