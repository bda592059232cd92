import type { PatientId, StaffId } from '@sotto/protocol/ids';
import type { Act, ProvenEnrolment } from '@sotto/protocol/keystore';
import type {
  ActAnswer,
  ActCall,
  nonceGrant,
  ReleaseAnswer,
  SignedClosing,
  SignedRelease,
} from '@sotto/protocol/keystoreRoutes';
import type { nonceQuery } from '@sotto/protocol/records';
import { accepted, refused } from '@sotto/protocol/result';
import { and, eq, inArray } from 'drizzle-orm';
import type * as z from 'zod';
import { holdsRole } from './access/roleAssignment.ts';
import type { AttemptLimits } from './attemptLimit.ts';
import { asCaller, type Caller, hasRole, type Tokens } from './caller.ts';
import type { ClinicContext } from './clinicContext.ts';
import type { KeystoreClient, KeystoreOutcome } from './keystoreClient.ts';
import { findRelated } from './people.ts';
import type { RecordingStorage } from './recordingStorage.ts';
import type { Relayed } from './relayAnswer.ts';
import { mintedObjectTable, visitTable } from './schema.ts';
import type { Viewer } from './viewer.ts';
import { isClosed } from './visitRecord.ts';

/** What operations on sealed objects, and on the keystore behind the api, work with. */
export interface RecordsContext extends ClinicContext {
  readonly keystore: KeystoreClient;
  readonly storage: RecordingStorage;
}

type RelayLimit = 'nonces' | 'releases' | 'closings' | 'enrolments' | 'acts' | 'readings';

/** Asks the keystore for somebody, so many times a minute. */
export async function asking<T>(
  { limits }: { readonly limits: Pick<AttemptLimits, RelayLimit> },
  kind: RelayLimit,
  subject: StaffId | PatientId,
  ask: () => Promise<KeystoreOutcome<T>>,
): Promise<Relayed<T>> {
  const taken = await limits[kind].take(subject);
  return taken.ok ? accepted(await ask()) : taken;
}

/** A nonce for who is signed in; where both are, for the one that is meant. */
export const issueNonce = (
  context: RecordsContext,
  tokens: Tokens,
  { as }: z.infer<typeof nonceQuery>,
): Promise<Relayed<z.infer<typeof nonceGrant>>> =>
  asCaller(
    context,
    as === 'visit' ? { ...tokens, staff: undefined } : tokens,
    ({ subject }) => asking(context, 'nonces', subject, () => context.keystore.issueNonce(subject)),
    ({ kind }) => as !== 'staff' || kind === 'staff',
  );

/** Patients of these objects whom the caller cares for. A patient cares for nobody. */
async function relatedTo(
  context: ClinicContext,
  caller: Caller,
  objects: SignedRelease['request']['objects'],
): Promise<PatientId[]> {
  if (caller.kind === 'patient') return [];
  const rows = await context.database
    .selectDistinct({ id: visitTable.patientId })
    .from(mintedObjectTable)
    .innerJoin(visitTable, eq(visitTable.id, mintedObjectTable.visitId))
    .where(inArray(mintedObjectTable.id, objects));
  const related = await findRelated(
    context,
    caller.subject,
    rows.map(({ id }) => id),
  );
  return related.map(({ id }) => id);
}

/**
 * Hands a signed release to the keystore, with what the clinic knows of the circumstances. Somebody else's is
 * `forbidden`.
 */
export const relayRelease = (
  context: RecordsContext,
  tokens: Tokens,
  release: SignedRelease,
  viewer: Viewer,
): Promise<Relayed<ReleaseAnswer>> =>
  asCaller(
    context,
    tokens,
    (caller) =>
      asking(context, 'releases', caller.subject, async () => {
        const related = await relatedTo(context, caller, release.request.objects);
        return context.keystore.release({ ...release, relayed: { ...viewer, related } });
      }),
    ({ subject }) => subject === release.request.user,
  );

/** Hands on for how long a release of the caller's was open. Somebody else's is `forbidden`. */
export const relayClosing = (
  context: RecordsContext,
  tokens: Tokens,
  closing: SignedClosing,
): Promise<Relayed<undefined>> =>
  asCaller(
    context,
    tokens,
    ({ subject }) => asking(context, 'closings', subject, () => context.keystore.tellClosing(closing)),
    ({ subject }) => subject === closing.request.user,
  );

/** Whether an enrolment is of the caller's own key: the same person, in the same role or visit. */
function isOwn(caller: Caller, { enrolment }: ProvenEnrolment): boolean {
  if (enrolment.of === 'clinician') {
    const { subject, role } = enrolment.entry;
    return caller.kind === 'staff' && caller.subject === subject && hasRole(caller, role);
  }
  return (
    caller.kind === 'patient' &&
    caller.subject === enrolment.entry.pseudonym &&
    caller.patient.visit?.id === enrolment.visit
  );
}

/**
 * Leaves a key's own request with the keystore: a patient's in the visit, or after it for as long as its session lives.
 * Somebody else's is `forbidden`; for a visit that was cancelled, and for one that is long over, it is `wrongState`.
 */
export const requestEnrolment = (
  context: RecordsContext,
  tokens: Tokens,
  enrolment: ProvenEnrolment,
): Promise<Relayed<undefined>> =>
  asCaller(
    context,
    tokens,
    async (caller) => {
      const visit = caller.kind === 'patient' ? caller.patient.visit : null;
      if (visit !== null && isClosed(visit, context.now())) return refused('wrongState');
      return asking(context, 'enrolments', caller.subject, () => context.keystore.requestEnrolment(enrolment));
    },
    (caller) => isOwn(caller, enrolment),
  );

/**
 * Why a patient's key can't be signed for in a visit: it isn't the clinician's own with this patient (the keystore believes
 * the api in that), or it is closed, and then the patient's own session is over too. Null if it can.
 */
async function visitRefusal(
  { database, clinicId, now }: ClinicContext,
  clinicianId: StaffId,
  { visit, entry }: Extract<Act, { action: 'enrolPatient' }>,
): Promise<'forbidden' | 'wrongState' | null> {
  const [found] = await database
    .select({ status: visitTable.status, startsAt: visitTable.startsAt })
    .from(visitTable)
    .where(
      and(
        eq(visitTable.id, visit),
        eq(visitTable.clinicId, clinicId),
        eq(visitTable.clinicianId, clinicianId),
        eq(visitTable.patientId, entry.pseudonym),
      ),
    );
  if (!found) return 'forbidden';
  return isClosed(found, now()) ? 'wrongState' : null;
}

/** Why the clinic's records bar an act; null if they don't. */
async function actRefusal(
  context: ClinicContext,
  caller: StaffId,
  act: Act,
): Promise<'forbidden' | 'wrongState' | null> {
  switch (act.action) {
    case 'enrolPatient':
      return visitRefusal(context, caller, act);
    case 'enrol':
    case 'replace': {
      // Officers alone don't make others.
      const isKnown =
        act.entry.role !== 'privacyOfficer' || (await holdsRole(context, act.entry.subject, 'privacyOfficer'));
      return isKnown ? null : 'forbidden';
    }
    default:
      return null;
  }
}

/**
 * Hands in an act that the caller has signed, alone or with another. One that others signed, a key of a patient for a
 * visit that isn't the caller's with that patient, and an officer's who holds no such role at present is `forbidden`; a key
 * of a patient for a visit that was cancelled or is long over is `wrongState`.
 */
export const relayAct = (context: RecordsContext, tokens: Tokens, call: ActCall): Promise<Relayed<ActAnswer>> =>
  asCaller(
    context,
    tokens,
    async (caller) => {
      if (caller.kind !== 'staff') return refused('forbidden');
      const { act } = call;
      const refusal = await actRefusal(context, caller.subject, act);
      if (refusal !== null) return refused(refusal);
      return asking(context, 'acts', caller.subject, () => context.keystore.act(call));
    },
    ({ kind, subject }) => kind === 'staff' && call.act.by.includes(subject),
  );
