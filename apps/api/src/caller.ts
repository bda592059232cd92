import type { StaffRole } from '@sotto/protocol/clinic';
import type { PatientId, StaffId } from '@sotto/protocol/ids';
import { type Result, refused } from '@sotto/protocol/result';
import type { FastifyRequest } from 'fastify';
import type { AdminContext } from './administration.ts';
import { ofAdminAct } from './adminRecord.ts';
import type { AttemptLimit } from './attemptLimit.ts';
import { recordedAct, recorderOf } from './audit/recordedAct.ts';
import type { RequestRecorder } from './audit/requestRecorder.ts';
import type { ClinicContext } from './clinicContext.ts';
import { readCookie } from './cookies.ts';
import { findStaff, type SignedInStaff, type StaffPass } from './staffSession.ts';
import { findPatient, type SignedInPatient } from './visitSession.ts';

/** Sessions of a request that the policies let through. */
export interface Tokens {
  readonly staff: StaffPass | undefined;
  readonly visit: string | undefined;
}

/** The request's session of staff, with the roles by which the policies permit what is asked: none before they were asked. */
export function readStaffPass(request: FastifyRequest): StaffPass | undefined {
  const token = readCookie(request, 'staff');
  const { permittedRoles, sessionHolder: holder } = request;
  return token === undefined ? undefined : { token, roles: permittedRoles ?? [], holder };
}

export const readTokens = (request: FastifyRequest): Tokens => ({
  staff: readStaffPass(request),
  visit: readCookie(request, 'visit'),
});

/** Who asks: a member of staff, or the patient of a visit. */
export type Caller =
  | { readonly kind: 'staff'; readonly subject: StaffId; readonly staff: SignedInStaff }
  | { readonly kind: 'patient'; readonly subject: PatientId; readonly patient: SignedInPatient };

/** Whether what is asked is permitted by this role of the caller. */
export const hasRole = (caller: Caller, role: StaffRole): boolean =>
  caller.kind === 'staff' && caller.staff.roles.includes(role);

/**
 * Does something as whoever is signed in; `unauthenticated` if nobody is. A browser in which both are signed in speaks
 * for the member of staff.
 *
 * @param isMeant which of the two is meant, where the request says so; `forbidden` if neither is
 */
export async function asCaller<T>(
  context: ClinicContext,
  { staff: pass, visit: visitToken }: Tokens,
  act: (caller: Caller) => Promise<Result<T>>,
  isMeant: (caller: Caller) => boolean = () => true,
): Promise<Result<T>> {
  const staff = await findStaff(context, pass);
  const asStaff: Caller | undefined = staff && { kind: 'staff', subject: staff.id, staff };
  if (asStaff && isMeant(asStaff)) return act(asStaff);
  const patient = await findPatient(context, visitToken);
  const asPatient: Caller | undefined = patient && { kind: 'patient', subject: patient.visit.patientId, patient };
  if (asPatient && isMeant(asPatient)) return act(asPatient);
  return refused(asStaff || asPatient ? 'forbidden' : 'unauthenticated');
}

/**
 * Does something as the administrator whose session it is, by a role of theirs that permits it, and records it.
 *
 * @param limit how often one administrator may, if there is such a limit
 */
export async function asAdmin<T>(
  context: ClinicContext,
  request: FastifyRequest,
  act: (context: ClinicContext & AdminContext, admin: StaffId) => Promise<Result<T>>,
  limit?: Pick<AttemptLimit, 'take'>,
): Promise<Result<T>> {
  const staff = await findStaff(context, readStaffPass(request));
  if (staff === undefined) return refused('unauthenticated');
  if (!staff.roles.includes('admin')) return refused('forbidden');
  const taken = await limit?.take(staff.id);
  if (taken?.ok === false) return taken;
  return recordedAct(request, context, (inOne) => act({ ...inOne, tell: tellerOf(request) }, staff.id));
}

/** As `tellerOf`, of an account that is begun by whose it is. */
export const beginnerOf =
  (recorder: Pick<RequestRecorder, 'about' | 'by'>): AdminContext['tell'] =>
  (done) => {
    recorder.by({ actor: done.staff, role: done.role ?? 'none', session: null });
    recorder.about(ofAdminAct(done));
  };

/** What is told of an act of administration goes into the request's entry. */
export const tellerOf =
  (request: FastifyRequest): AdminContext['tell'] =>
  (done) =>
    recorderOf(request).about(ofAdminAct(done));
