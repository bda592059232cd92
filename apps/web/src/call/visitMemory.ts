import type { VisitId } from '@sotto/protocol/ids';
import { createIncidents, type Incidents } from './incidents.ts';
import { openProvenPeople, type ProvenPeople } from './provenPeople.ts';
import { keepTold, readTold } from './toldVisit.ts';

/**
 * What a tab knows of one visit however often its person is sent out and comes back in, or its page is loaded anew: a server
 * that can send them out, or have them reload, would else have it forgotten.
 */
export interface VisitMemory {
  readonly incidents: Incidents;
  /**
   * Which visit it is: what was told in this tab before is told again, and what is told from now on is kept.
   *
   * @returns who stood in the visit as which clinician of the directory; the same at each call
   */
  open(visit: VisitId): ProvenPeople;
  /** Codes were compared last and were not equal. */
  isDistrusted(): boolean;
  compared(result: 'same' | 'different'): void;
}

/** @param storage the tab's `sessionStorage`; null where the browser refuses it */
export function createVisitMemory(storage: Storage | null): VisitMemory {
  let current: { readonly visit: VisitId; readonly proven: ProvenPeople } | null = null;
  let isDistrusted = false;
  const incidents = createIncidents(keep);

  function keep(): void {
    if (current !== null) keepTold(current.visit, { isDistrusted, ...incidents.told() }, storage);
  }

  return {
    incidents,
    open(visit) {
      if (current?.visit === visit) return current.proven;
      current = { visit, proven: openProvenPeople(visit, storage) };
      const told = readTold(visit, storage);
      if (told !== null) {
        isDistrusted ||= told.isDistrusted;
        incidents.recall(told);
      }
      return current.proven;
    },
    isDistrusted: () => isDistrusted,
    compared(result) {
      isDistrusted = result === 'different';
      keep();
    },
  };
}
