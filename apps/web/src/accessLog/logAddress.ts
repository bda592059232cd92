import { type PatientId, patientId } from '@sotto/protocol/ids';

/** Which part of the log a page is about; behind the `#`, so that no server log gets to know whose. */
export type LogAddress =
  | { readonly of: 'staff' }
  /** A patient's own, in the patient's session. */
  | { readonly of: 'mine' }
  | { readonly of: 'patient'; readonly patient: PatientId };

/** @param fragment with its `#` or without */
export function parseLogAddress(fragment: string): LogAddress {
  const text = fragment.replace(/^#/, '');
  if (text === 'mine') return { of: 'mine' };
  const patient = patientId.safeParse(/^patient=(.*)$/.exec(text)?.[1]);
  return patient.success ? { of: 'patient', patient: patient.data } : { of: 'staff' };
}
