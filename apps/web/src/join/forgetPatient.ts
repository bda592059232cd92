import type { VisitId } from '@sotto/protocol/ids';
import type { QueryClient } from '@tanstack/react-query';
import { forgetOwnPatients } from '../portal/ownPatient.ts';
import { forgetOwnRequests } from '../portal/ownRequest.ts';

/**
 * Leaves nothing of the patient of a visit in this browser: neither what pages have read, nor what was kept of their keys.
 * What others keep here stays.
 *
 * @param storage the browser's `localStorage`; null where it refuses that
 */
export function forgetPatient(queries: QueryClient, visit: VisitId, storage: Storage | null): void {
  const asked = forgetOwnRequests(visit, storage);
  forgetOwnPatients({ visit, pseudonyms: asked }, storage);
  queries.clear();
}
