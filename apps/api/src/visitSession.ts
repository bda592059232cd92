import type { InvitationSecret, JoinView, TicketGrant } from '@sotto/protocol/clinic';
import type { LeafThumbprint } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import { and, eq, gt, isNull, lte } from 'drizzle-orm';
import type { ClinicContext } from './clinicContext.ts';
import { hashToken, newToken } from './opaqueToken.ts';
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
    patientName: await openPatientName(context, visit),
    visitId: visit.id,
    participantId: visit.patientParticipant,
    startsAt: visit.startsAt.toISOString(),
    minutes: visit.minutes,
    status: visit.status,
  };
}

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
 * @param address key of the network address (`addressKey`)
 */
export async function join(
  context: ClinicContext,
  secret: InvitationSecret,
  address: string,
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
    await transaction
      .delete(visitSessionTable)
      .where(and(eq(visitSessionTable.participantId, participantId), lte(visitSessionTable.expiresAt, createdAt)));
    await transaction
      .insert(visitSessionTable)
      .values({ tokenHash: hashToken(token), invitationId: invitation.id, participantId, createdAt, expiresAt });
  });
  return accepted({ view: await toJoinView(context, visit), token, expiresAt });
}

/**
 * Does something as the patient whose cookie it is, in the one visit that it is for; `unauthenticated` without a
 * session that is alive and whose invitation still stands.
 */
async function asPatient<T>(
  { database, clinicId, now }: ClinicContext,
  token: Token,
  act: (visit: VisitRecord) => Promise<Result<T>>,
): Promise<Result<T>> {
  if (token === undefined) return refused('unauthenticated');
  const [session] = await database
    .select({ visitId: invitationTable.visitId })
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
  return visit ? act(visit) : refused('unauthenticated');
}

/** Which visit the session is for; also after it has ended, so that the page can say so. */
export const readJoin = (context: ClinicContext, token: Token): Promise<Result<JoinView>> =>
  asPatient(context, token, async (visit) => accepted(await toJoinView(context, visit)));

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
  asPatient(context, token, async (visit) => {
    const now = context.now();
    if (isOver(visit, now)) return refused('wrongState');
    return accepted(
      await context.issuer.grant(
        {
          visitId: visit.id,
          participantId: visit.patientParticipant,
          role: 'patient',
          leaf,
          name: await openPatientName(context, visit),
        },
        now,
      ),
    );
  });
