import type { PatientId, StaffId } from '@sotto/protocol/ids';
import { type Result, refused } from '@sotto/protocol/result';
import type { FastifyRequest } from 'fastify';
import type { ClinicContext } from './clinicContext.ts';
import { readCookie } from './cookies.ts';
import { findStaff, type SignedInStaff } from './staffSession.ts';
import { findPatient, type SignedInPatient } from './visitSession.ts';

/** Session cookies of a request. */
export interface Tokens {
  readonly staff: string | undefined;
  readonly visit: string | undefined;
}

export const readTokens = (request: FastifyRequest): Tokens => ({
  staff: readCookie(request, 'staff'),
  visit: readCookie(request, 'visit'),
});

/** Who asks: a member of staff, or the patient of a visit. */
export type Caller =
  | { readonly kind: 'staff'; readonly subject: StaffId; readonly staff: SignedInStaff }
  | { readonly kind: 'patient'; readonly subject: PatientId; readonly patient: SignedInPatient };

/**
 * Does something as whoever is signed in; `unauthenticated` if nobody is. A browser in which both are signed in speaks
 * for the member of staff.
 *
 * @param isMeant which of the two is meant, where the request says so; `forbidden` if neither is
 */
export async function asCaller<T>(
  context: ClinicContext,
  { staff: staffToken, visit: visitToken }: Tokens,
  act: (caller: Caller) => Promise<Result<T>>,
  isMeant: (caller: Caller) => boolean = () => true,
): Promise<Result<T>> {
  const staff = await findStaff(context, staffToken);
  const asStaff: Caller | undefined = staff && { kind: 'staff', subject: staff.id, staff };
  if (asStaff && isMeant(asStaff)) return act(asStaff);
  const patient = await findPatient(context, visitToken);
  const asPatient: Caller | undefined = patient && { kind: 'patient', subject: patient.visit.patientId, patient };
  if (asPatient && isMeant(asPatient)) return act(asPatient);
  return refused(asStaff || asPatient ? 'forbidden' : 'unauthenticated');
}
