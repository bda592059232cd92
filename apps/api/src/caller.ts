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
import { findKeyHolder, type KeyHolder } from './patientSession.ts';
import { findStaff, type SignedInStaff, type StaffPass } from './staffSession.ts';
import type { VisitRecord } from './visitRecord.ts';
import { findPatient } from './visitSession.ts';

/** Sessions of a request that the policies let through. */
export interface Tokens {
  readonly staff: StaffPass | undefined;
  readonly visit: string | undefined;
  readonly patient: string | undefined;
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
  patient: readCookie(request, 'patient'),
});

/** Who asks: a member of staff, or a patient, by a visit's link or by a key of theirs. */
export type Caller =
  | { readonly kind: 'staff'; readonly subject: StaffId; readonly staff: SignedInStaff }
  | { readonly kind: 'patient'; readonly subject: PatientId; readonly patient: KnownPatient };

/** A patient whose session was checked for this very request. */
interface KnownPatient extends Pick<VisitRecord, 'nameSealed'> {
  /** Whose link began the session; null where a key of theirs did. */
  readonly visit: VisitRecord | null;
  /** The key that began it, and until when; null where a link did. */
  readonly byKey: KeyHolder | null;
}

/** The patients who are signed in: first whose link it is, then whose key. */
async function findPatients(context: ClinicContext, { visit: visitToken, patient }: Tokens): Promise<Caller[]> {
  const [visitor, byKey] = await Promise.all([findPatient(context, visitToken), findKeyHolder(context, patient)]);
  const found: Caller[] = [];
  if (visitor) {
    const { visit } = visitor;
    found.push({
      kind: 'patient',
      subject: visit.patientId,
      patient: { visit, byKey: null, nameSealed: visit.nameSealed },
    });
  }
  if (byKey) {
    const { patientId, nameSealed } = byKey;
    found.push({ kind: 'patient', subject: patientId, patient: { visit: null, byKey, nameSealed } });
  }
  return found;
}

/** Whether what is asked is permitted by this role of the caller. */
export const hasRole = (caller: Caller, role: StaffRole): boolean =>
  caller.kind === 'staff' && caller.staff.roles.includes(role);

/**
 * Does something as whoever is signed in; `unauthenticated` if nobody is. A browser in which several are signed in speaks for the
 * member of staff, then for whose link it is.
 *
 * @param isMeant which of them is meant, where the request says so; `forbidden` if none is
 */
export async function asCaller<T>(
  context: ClinicContext,
  tokens: Tokens,
  act: (caller: Caller) => Promise<Result<T>>,
  isMeant: (caller: Caller) => boolean = () => true,
): Promise<Result<T>> {
  const staff = await findStaff(context, tokens.staff);
  const asStaff: Caller | undefined = staff && { kind: 'staff', subject: staff.id, staff };
  if (asStaff && isMeant(asStaff)) return act(asStaff);
  const patients = await findPatients(context, tokens);
  const asPatient = patients.find(isMeant);
  if (asPatient) return act(asPatient);
  return refused(asStaff || patients.length > 0 ? 'forbidden' : 'unauthenticated');
}

/** Does something as the patient of a browser's sessions, whoever of staff is signed in there; `unauthenticated` if none is. */
export const asPatient = <T>(
  context: ClinicContext,
  tokens: Tokens,
  act: (caller: Extract<Caller, { kind: 'patient' }>) => Promise<Result<T>>,
): Promise<Result<T>> =>
  asCaller(context, { ...tokens, staff: undefined }, async (caller) =>
    caller.kind === 'patient' ? act(caller) : refused('forbidden'),
  );

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
