import type { InvitationSecret, JoinView, TicketGrant } from '@sotto/protocol/clinic';
import { type LeafThumbprint, type SessionId, sessionId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import { and, desc, eq, gt, inArray, isNotNull, isNull, lte, or } from 'drizzle-orm';
import type { ClinicContext } from './clinicContext.ts';
import { hashToken, newId, newToken } from './opaqueToken.ts';
import { clinicTable, invitationTable, participantTable, visitSessionTable, visitTable } from './schema.ts';
import { findVisits, isOver, openPatientName, type VisitRecord } from './visitRecord.ts';

type Token = string | undefined;

async function toJoinView(context: ClinicContext, visit: VisitRecord): Promise<JoinView> {
  const [clinic] = await context.database
    .select({ name: clinicTable.name })
    .from(clinicTable)
    .where(eq(clinicTable.id, context.clinicId));
  if (!clinic) throw new Error('The clinic of a visit has no row.');
  return {
    clinicName: clinic.name,
    clinicianName: visit.clinicianName,
    clinicianParticipantId: visit.clinicianParticipant,
    patientName: await openPatientName(context, visit),
    patientId: visit.patientId,
    visitId: visit.id,
    participantId: visit.patientParticipant,
    startsAt: visit.startsAt.toISOString(),
    minutes: visit.minutes,
    status: visit.status,
  };
}

/** Devices that one invitation works on at a time; one more ends the live session that was made first. */
const maxSessions = 5;

/** The invitation that a secret belongs to, if it still works. */
async function findInvitation({ database, now }: ClinicContext, secret: InvitationSecret) {
  const [invitation] = await database
    .select({
      id: invitationTable.id,
      visitId: invitationTable.visitId,
      expiresAt: invitationTable.expiresAt,
      participantId: participantTable.id,
    })
    .from(invitationTable)
    .innerJoin(visitTable, eq(visitTable.id, invitationTable.visitId))
    .innerJoin(
      participantTable,
      and(eq(participantTable.visitId, visitTable.id), eq(participantTable.patientId, visitTable.patientId)),
    )
    .where(
      and(
        eq(invitationTable.secretHash, hashToken(secret)),
        isNull(invitationTable.revokedAt),
        gt(invitationTable.expiresAt, now()),
      ),
    );
  return invitation;
}

/**
 * Turns an invitation's secret into a session for its visit. One that was never made, one revoked and one expired are
 * all `notFound`; a visit that has ended is `wrongState`. At most 30 failures an address in 5 minutes.
 *
 * Opened again in the same browser, the session stays the same one under a new token. An invitation has five live
 * sessions at most: one more ends the oldest.
 *
 * @param address key of the network address (`addressKey`)
 * @param former the caller's cookie, if any
 */
export async function join(
  context: ClinicContext,
  secret: InvitationSecret,
  address: string,
  former: Token,
): Promise<Result<{ view: JoinView; token: string; expiresAt: Date }>> {
  const { database, limits, now } = context;
  const taken = await limits.joinByAddress.take(address);
  if (!taken.ok) return taken;
  const invitation = await findInvitation(context, secret);
  if (!invitation) return refused('notFound');
  await limits.joinByAddress.giveBack(address);

  const [visit] = await findVisits(database, context.clinicId, eq(visitTable.id, invitation.visitId));
  if (!visit) return refused('notFound');
  const createdAt = now();
  if (isOver(visit, createdAt)) return refused('wrongState');

  const token = newToken();
  const { participantId, expiresAt } = invitation;
  await database.transaction(async (transaction) => {
    const isDead = or(lte(visitSessionTable.expiresAt, createdAt), isNotNull(visitSessionTable.revokedAt));
    const isFormer = former === undefined ? undefined : eq(visitSessionTable.tokenHash, hashToken(former));
    const gone = await transaction
      .delete(visitSessionTable)
      .where(or(isFormer, and(eq(visitSessionTable.participantId, participantId), isDead)))
      .returning();
    // Whoever holds the session's cookie is the session: what it was let in for stands.
    const same = gone.find(
      (one) =>
        former !== undefined &&
        Buffer.compare(hashToken(former), one.tokenHash) === 0 &&
        one.invitationId === invitation.id &&
        one.revokedAt === null &&
        one.expiresAt > createdAt,
    );
    const live = await transaction
      .select({ id: visitSessionTable.id })
      .from(visitSessionTable)
      .where(eq(visitSessionTable.invitationId, invitation.id))
      .orderBy(desc(visitSessionTable.createdAt));
    const tooMany = live.slice(maxSessions - 1).map(({ id }) => id);
    if (tooMany.length > 0) await transaction.delete(visitSessionTable).where(inArray(visitSessionTable.id, tooMany));
    await transaction.insert(visitSessionTable).values({
      tokenHash: hashToken(token),
      id: same?.id ?? newId(sessionId),
      invitationId: invitation.id,
      participantId,
      createdAt,
      expiresAt,
    });
  });
  return accepted({ view: await toJoinView(context, visit), token, expiresAt });
}

/** A patient whose session was checked for this very request: for one visit. */
export interface SignedInPatient {
  readonly visit: VisitRecord;
  readonly session: SessionId;
}

/** The patient whose cookie it is; undefined without a session that is alive and whose invitation still stands. */
export async function findPatient(
  { database, clinicId, now }: ClinicContext,
  token: Token,
): Promise<SignedInPatient | undefined> {
  if (token === undefined) return undefined;
  const [session] = await database
    .select({ id: visitSessionTable.id, visitId: invitationTable.visitId })
    .from(visitSessionTable)
    .innerJoin(invitationTable, eq(invitationTable.id, visitSessionTable.invitationId))
    .where(
      and(
        eq(visitSessionTable.tokenHash, hashToken(token)),
        gt(visitSessionTable.expiresAt, now()),
        isNull(visitSessionTable.revokedAt),
        isNull(invitationTable.revokedAt),
      ),
    );
  const [visit] = session ? await findVisits(database, clinicId, eq(visitTable.id, session.visitId)) : [];
  return session && visit ? { visit, session: session.id } : undefined;
}

async function asPatient<T>(
  context: ClinicContext,
  token: Token,
  act: (patient: SignedInPatient) => Promise<Result<T>>,
): Promise<Result<T>> {
  const patient = await findPatient(context, token);
  return patient ? act(patient) : refused('unauthenticated');
}

/** Which visit the session is for; also after it has ended, so that the page can say so. */
export const readJoin = (context: ClinicContext, token: Token): Promise<Result<JoinView>> =>
  asPatient(context, token, async ({ visit }) => accepted(await toJoinView(context, visit)));

/** Ends the session. Without one there is nothing to end. */
export async function leaveJoin({ database, now }: ClinicContext, token: Token): Promise<Result<undefined>> {
  if (token !== undefined) {
    await database
      .update(visitSessionTable)
      .set({ revokedAt: now() })
      .where(and(eq(visitSessionTable.tokenHash, hashToken(token)), isNull(visitSessionTable.revokedAt)));
  }
  return accepted(undefined);
}

/** A ticket for the patient's own leaf. */
export const grantPatientTicket = (
  context: ClinicContext,
  token: Token,
  leaf: LeafThumbprint,
): Promise<Result<TicketGrant>> =>
  asPatient(context, token, async ({ visit, session }) => {
    const now = context.now();
    if (isOver(visit, now)) return refused('wrongState');
    return accepted(
      await context.issuer.grant(
        {
          visitId: visit.id,
          participantId: visit.patientParticipant,
          role: 'patient',
          leaf,
          session,
          name: await openPatientName(context, visit),
        },
        now,
      ),
    );
  });
