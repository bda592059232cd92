import type { Member, ProvenPerson } from '@sotto/e2ee';
import { type ParticipantId, participantId, type StaffId, staffId, type VisitId } from '@sotto/protocol/ids';
import * as z from 'zod';

/**
 * Who stood in a visit with this tab as which clinician of the directory: the first word counts. Kept for the tab, so that
 * neither a leaf that is lost nor a reload lets one of them come back as somebody for whom only the server vouches.
 */
export interface ProvenPeople {
  list(): readonly ProvenPerson[];
  /** Members of the group, verified. */
  remember(members: readonly Pick<Member, 'participantId' | 'clinician'>[]): void;
  has(staff: StaffId): boolean;
}

/** As many as a group has leaves. */
const limit = 64;
const stored = z.array(z.tuple([participantId, staffId])).max(limit);

/** @param storage the tab's `sessionStorage`; null where the browser refuses it (then a reload forgets) */
export function openProvenPeople(visit: VisitId, storage: Storage | null): ProvenPeople {
  const key = `sotto/proven/v1/${visit}`;
  const proven = new Map<ParticipantId, StaffId>(read(key, storage));
  return {
    list: () => [...proven].map(([id, subject]) => ({ participantId: id, subject })),
    remember(members) {
      const before = proven.size;
      for (const { participantId: id, clinician } of members) {
        if (clinician !== null && !proven.has(id) && proven.size < limit) proven.set(id, clinician.subject);
      }
      if (proven.size === before) return;
      try {
        storage?.setItem(key, JSON.stringify([...proven]));
      } catch {
        // A full or forbidden storage costs what a reload would have known, not the visit.
      }
    },
    has: (staff) => [...proven.values()].includes(staff),
  };
}

function read(key: string, storage: Storage | null): readonly (readonly [ParticipantId, StaffId])[] {
  try {
    return stored.parse(JSON.parse(storage?.getItem(key) ?? '[]'));
  } catch {
    return [];
  }
}
