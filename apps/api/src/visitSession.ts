import type { InvitationSecret, JoinView, joinRequest, TicketGrant } from '@sotto/protocol/clinic';
import type { GuestKindList } from '@sotto/protocol/guests';
import {
  type LeafThumbprint,
  type ParticipantId,
  type PatientId,
  type SessionId,
  sessionId,
  type VisitId,
} from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import { and, desc, eq, gt, inArray, isNotNull, isNull, lte, or } from 'drizzle-orm';
import type * as z from 'zod';
import { checkBirthDate } from './birthDate.ts';
import type { ClinicContext } from './clinicContext.ts';
import { findGuests, type GuestRecord, openGuestName } from './guests.ts';
import { hashToken, newId, newToken } from './opaqueToken.ts';
import { clinicTable, type InvitationId, invitationTable, visitSessionTable, visitTable } from './schema.ts';
import { findVisits, isOver, openPatientName, type VisitRecord } from './visitRecord.ts';

type Token = string | undefined;

/** Whom a visit's link is for, and what it leads to. */
async function toJoinView(context: ClinicContext, visit: VisitRecord, guest: GuestRecord | null): Promise<JoinView> {
  const [clinic] = await context.database
    .select({ name: clinicTable.name })
    .from(clinicTable)
    .where(eq(clinicTable.id, context.clinicId));
  if (!clinic) throw new Error('The clinic of a visit has no row.');
  const view = {
    clinicName: clinic.name,
    clinicianName: visit.clinicianName,
    clinicianParticipantId: visit.clinicianParticipant,
    visitId: visit.id,
    startsAt: visit.startsAt.toISOString(),
    minutes: visit.minutes,
    status: visit.status,
  };
  if (guest === null) {
    const patientName = await openPatientName(context, visit);
    return {
      ...view,
      role: 'patient',
      patientName,
      patientId: visit.patientId,
      participantId: visit.patientParticipant,
    };
  }
  const { participantId, kind, endsAt } = guest;
  const guestName = await openGuestName(await context.patientFields.of(guest.patientId), guest);
  return { ...view, role: 'guest', guestName, kind, endsAt: endsAt.toISOString(), participantId };
}

/** Devices that one invitation works on at a time; one more ends the live session that was made first. */
const maxSessions = 5;

/** The guest whom an invitation is for; null: the patient. */
async function guestOf(
  { database }: ClinicContext,
  { visitId, guestId }: { visitId: VisitId; guestId: ParticipantId | null },
): Promise<GuestRecord | null> {
  if (guestId === null) return null;
  const guest = (await findGuests(database, visitId)).find(({ participantId }) => participantId === guestId);
  if (!guest) throw new Error('The guest of an invitation has no row.');
  return guest;
}

/** An invitation that works, of a visit and its patient. */
export interface FoundInvitation {
  readonly id: InvitationId;
  readonly visitId: VisitId;
  readonly patientId: PatientId;
  /** Null: it is the patient's own. */
  readonly guestId: ParticipantId | null;
  readonly expiresAt: Date;
}

async function findInvitation(
  { database, now }: ClinicContext,
  secret: InvitationSecret,
): Promise<FoundInvitation | undefined> {
  const [invitation] = await database
    .select({
      id: invitationTable.id,
      visitId: invitationTable.visitId,
      patientId: visitTable.patientId,
      guestId: invitationTable.guestId,
      expiresAt: invitationTable.expiresAt,
    })
    .from(invitationTable)
    .innerJoin(visitTable, eq(visitTable.id, invitationTable.visitId))
    .where(
      and(
        eq(invitationTable.secretHash, hashToken(secret)),
        isNull(invitationTable.revokedAt),
        gt(invitationTable.expiresAt, now()),
      ),
    );
  return invitation;
}

/** Whether the token is of a session that is alive and came by this invitation. */
async function isSessionOf({ database, now }: ClinicContext, token: Token, invitation: InvitationId): Promise<boolean> {
  if (token === undefined) return false;
  const found = await database
    .select({ id: visitSessionTable.id })
    .from(visitSessionTable)
    .where(
      and(
        eq(visitSessionTable.tokenHash, hashToken(token)),
        eq(visitSessionTable.invitationId, invitation),
        gt(visitSessionTable.expiresAt, now()),
        isNull(visitSessionTable.revokedAt),
      ),
    );
  return found.length === 1;
}

/**
 * The invitation that a secret belongs to, for who may come in by it. One that was never made, one revoked, one expired and one locked
 * by wrong dates are all `notFound`. By a patient's nobody comes without their date of birth (`checkBirthDate`), but in a
 * browser that came in by it already. At most 30 failures an address in 5 minutes.
 *
 * @param caller key of their network address (`addressKey`), and their cookie, if any
 * @param onFound told which it is, whether they may come or not
 */
export async function openLink(
  context: ClinicContext,
  { secret, birthDate }: z.infer<typeof joinRequest>,
  { address, former }: { readonly address: string; readonly former: Token },
  onFound: (found: FoundInvitation) => void,
): Promise<Result<FoundInvitation>> {
  const { joinByAddress } = context.limits;
  const taken = await joinByAddress.take(address);
  if (!taken.ok) return taken;
  const invitation = await findInvitation(context, secret);
  if (!invitation) return refused('notFound');
  await joinByAddress.giveBack(address);
  onFound(invitation);
  if (invitation.guestId !== null || (await isSessionOf(context, former, invitation.id))) return accepted(invitation);
  const checked = await checkBirthDate(context, invitation, birthDate);
  if (checked.ok) return accepted(invitation);
  // What is refused is a failure of the address as well; not to have said a date yet is none, and leaves nothing in the log.
  if (checked.code !== 'invalid') await joinByAddress.take(address);
  return checked;
}

/**
 * Turns an invitation into a session for its visit. A visit that has ended is `wrongState`. Of an invitation that is revoked
 * meanwhile the session works no more than it.
 *
 * Opened again in the same browser, the session stays the same one under a new token. An invitation has five live
 * sessions at most: one more ends the oldest.
 *
 * @param former the caller's cookie, if any
 * @param onCame told who comes
 */
export async function join(
  context: ClinicContext,
  invitation: FoundInvitation,
  former: Token,
  onCame: (came: Visitor) => void,
): Promise<Result<{ view: JoinView; token: string; expiresAt: Date }>> {
  const { database, now } = context;
  const [visit] = await findVisits(database, context.clinicId, eq(visitTable.id, invitation.visitId));
  if (!visit) return refused('notFound');
  const createdAt = now();
  if (isOver(visit, createdAt)) return refused('wrongState');
  const guest = await guestOf(context, invitation);
  // Before anything changes: without the keystore there is no name, and the former session stands.
  const view = await toJoinView(context, visit, guest);

  const token = newToken();
  const { expiresAt } = invitation;
  const participantId = guest?.participantId ?? visit.patientParticipant;
  const session = await database.transaction(async (transaction) => {
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
    const id = same?.id ?? newId(sessionId);
    await transaction.insert(visitSessionTable).values({
      tokenHash: hashToken(token),
      id,
      invitationId: invitation.id,
      participantId,
      createdAt,
      expiresAt,
    });
    return id;
  });
  onCame({ visit, guest, session });
  return accepted({ view, token, expiresAt });
}

/** Whose session was checked for this very request: for one visit. */
export interface Visitor {
  readonly visit: VisitRecord;
  readonly session: SessionId;
  /** Null: the visit's patient. */
  readonly guest: GuestRecord | null;
}

/** Whose cookie it is; undefined without a session that is alive and whose invitation still stands. */
export async function findVisitor(context: ClinicContext, token: Token): Promise<Visitor | undefined> {
  const { database, clinicId, now } = context;
  if (token === undefined) return undefined;
  const [session] = await database
    .select({ id: visitSessionTable.id, visitId: invitationTable.visitId, guestId: invitationTable.guestId })
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
  return session && visit ? { visit, session: session.id, guest: await guestOf(context, session) } : undefined;
}

/** The patient whose cookie it is; undefined for a guest's, and without a session. */
export async function findPatient(
  context: ClinicContext,
  token: Token,
): Promise<Pick<Visitor, 'visit' | 'session'> | undefined> {
  const visitor = await findVisitor(context, token);
  return visitor?.guest === null ? { visit: visitor.visit, session: visitor.session } : undefined;
}

async function asVisitor<T>(
  context: ClinicContext,
  token: Token,
  act: (visitor: Visitor) => Promise<Result<T>>,
): Promise<Result<T>> {
  const visitor = await findVisitor(context, token);
  return visitor ? act(visitor) : refused('unauthenticated');
}

/** Which visit the session is for; also after it has ended, so that the page can say so. */
export const readJoin = (context: ClinicContext, token: Token): Promise<Result<JoinView>> =>
  asVisitor(context, token, async ({ visit, guest }) => accepted(await toJoinView(context, visit, guest)));

/** As what people come who were invited besides the patient. Of those withdrawn, who may be inside still, a guest isn't told. */
export const readGuestKinds = (context: ClinicContext, token: Token): Promise<Result<GuestKindList>> =>
  asVisitor(context, token, async ({ visit, guest }) => {
    const all = await findGuests(context.database, visit.id);
    const guests = guest === null ? all : all.filter(({ isInvited }) => isInvited);
    return accepted({ guests: guests.map(({ participantId, kind }) => ({ participantId, kind })) });
  });

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

/** A ticket for the own leaf of a patient or guest; for a guest until their time is over, then `wrongState`. */
export const grantVisitorTicket = (
  context: ClinicContext,
  token: Token,
  leaf: LeafThumbprint,
): Promise<Result<TicketGrant>> =>
  asVisitor(context, token, async ({ visit, session, guest }) => {
    const now = context.now();
    if (isOver(visit, now) || (guest !== null && guest.endsAt <= now)) return refused('wrongState');
    const person =
      guest === null
        ? {
            role: 'patient' as const,
            participantId: visit.patientParticipant,
            name: await openPatientName(context, visit),
          }
        : {
            role: 'guest' as const,
            participantId: guest.participantId,
            name: await openGuestName(await context.patientFields.of(guest.patientId), guest),
            endsAt: guest.endsAt,
          };
    return accepted(await context.issuer.grant({ visitId: visit.id, leaf, session, ...person }, now));
  });
