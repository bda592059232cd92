import { type PatientId, patientId, type StaffId, staffId } from '@sotto/protocol/ids';

/** Which part of the log a page is about; behind the `#`, so that no server log gets to know whose. */
export type LogAddress =
  | { readonly of: 'staff' }
  /** A patient's own, in the patient's session. */
  | { readonly of: 'mine' }
  | { readonly of: 'patient'; readonly patient: PatientId }
  /** What one member of staff did. */
  | { readonly of: 'person'; readonly person: StaffId };

/** The fragment of this page's address that follows a patient or a member of staff. */
export const logFragment = (followed: Exclude<LogAddress, { of: 'staff' | 'mine' }>): string =>
  followed.of === 'patient' ? `#patient=${followed.patient}` : `#person=${followed.person}`;

/** @param fragment with its `#` or without */
export function parseLogAddress(fragment: string): LogAddress {
  const text = fragment.replace(/^#/, '');
  if (text === 'mine') return { of: 'mine' };
  const patient = patientId.safeParse(/^patient=(.*)$/.exec(text)?.[1]);
  if (patient.success) return { of: 'patient', patient: patient.data };
  const person = staffId.safeParse(/^person=(.*)$/.exec(text)?.[1]);
  return person.success ? { of: 'person', person: person.data } : { of: 'staff' };
}
