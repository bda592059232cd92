import type { PatientJoinView } from '@sotto/protocol/clinic';
import type { VisitId } from '@sotto/protocol/ids';
import type { QueryClient } from '@tanstack/react-query';
import { forgetOwnPatients } from '../portal/ownPatient.ts';
import { forgetOwnRequests } from '../portal/ownRequest.ts';

/** Under which other tabs are told; nothing is left there. */
const toldKey = 'sotto.forgotten.v1';

/**
 * Leaves nothing of the patient of a visit in this browser: neither what pages have read, nor what was kept of their keys.
 * What others keep here stays. Other tabs hear of it.
 *
 * @param storage the browser's `localStorage`; null where it refuses that
 */
export function forgetPatient(
  queries: QueryClient,
  { visitId, patientId }: Pick<PatientJoinView, 'visitId' | 'patientId'>,
  storage: Storage | null,
): void {
  const asked = forgetOwnRequests({ visit: visitId, pseudonym: patientId }, storage);
  forgetOwnPatients({ visit: visitId, pseudonyms: [patientId, ...asked] }, storage);
  queries.clear();
  try {
    storage?.setItem(toldKey, visitId);
    storage?.removeItem(toldKey);
  } catch {
    // The other tabs lose their session all the same.
  }
}

/** Whether a change of the browser's storage is another tab's word that the visit isn't theirs who sit here. */
export const isForgetting = ({ key, newValue }: Pick<StorageEvent, 'key' | 'newValue'>, visit: VisitId): boolean =>
  key === toldKey && newValue === visit;
