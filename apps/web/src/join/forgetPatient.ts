import type { PatientId, VisitId } from '@sotto/protocol/ids';
import type { QueryClient } from '@tanstack/react-query';
import { forgetOwnPatients } from '../portal/ownPatient.ts';
import { forgetOwnRequests } from '../portal/ownRequest.ts';

/** Under which other tabs are told; nothing is left there. */
const toldKey = 'sotto.forgotten.v1';

/**
 * Leaves nothing of a patient, and of a visit of theirs if there is one, in this browser: neither what pages have read, nor what was kept of their keys.
 * What others keep here stays. Other tabs hear of it.
 *
 * @param storage the browser's `localStorage`; null where it refuses that
 */
export function forgetPatient(
  queries: QueryClient,
  { visitId, patientId }: { readonly visitId: VisitId | null; readonly patientId: PatientId },
  storage: Storage | null,
): void {
  const asked = forgetOwnRequests({ visit: visitId, pseudonym: patientId }, storage);
  forgetOwnPatients({ visit: visitId, pseudonyms: [patientId, ...asked] }, storage);
  queries.clear();
  try {
    storage?.setItem(toldKey, visitId ?? patientId);
    storage?.removeItem(toldKey);
  } catch {
    // The other tabs lose their session all the same.
  }
}

/** Whether a change of the browser's storage is another tab's word that nothing is to be left of whose visit, or record, it is. */
export const isForgetting = (
  { key, newValue }: Pick<StorageEvent, 'key' | 'newValue'>,
  whose: VisitId | PatientId,
): boolean => key === toldKey && newValue === whose;
