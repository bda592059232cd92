import type { VisitId } from '@sotto/protocol/ids';
import { createIncidents, type Incidents } from './incidents.ts';
import { openProvenPeople, type ProvenPeople } from './provenPeople.ts';

/**
 * What a page knows of one visit however often its person is sent out and comes back in: a server that can send them
 * out would else have it forgotten.
 */
export interface VisitMemory {
  readonly incidents: Incidents;
  /** The same at each call: who stood in the visit as which clinician of the directory. */
  proven(visit: VisitId): ProvenPeople;
  /** Codes were compared last and were not equal. */
  isDistrusted(): boolean;
  compared(result: 'same' | 'different'): void;
}

/** @param storage the tab's `sessionStorage`; null where the browser refuses it */
export function createVisitMemory(storage: Storage | null): VisitMemory {
  const people = new Map<VisitId, ProvenPeople>();
  let isDistrusted = false;
  return {
    incidents: createIncidents(),
    proven(visit) {
      const proven = people.get(visit) ?? openProvenPeople(visit, storage);
      people.set(visit, proven);
      return proven;
    },
    isDistrusted: () => isDistrusted,
    compared(result) {
      isDistrusted = result === 'different';
    },
  };
}
