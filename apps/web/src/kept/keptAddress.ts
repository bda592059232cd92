import { type PatientId, patientId } from '@sotto/protocol/ids';

/** Whose keys a page is about; behind the `#`, so that no server log gets to know whose. @param fragment with its `#` or without */
export function parseKeptAddress(fragment: string): PatientId | null {
  const parsed = patientId.safeParse(/^#?patient=(.*)$/.exec(fragment)?.[1]);
  return parsed.success ? parsed.data : null;
}

export const keptOf = (patient: PatientId) => `/patient-keys/#patient=${patient}`;
