import {
  type Guest,
  type GuestInvitation,
  type guestEndRequest,
  type guestList,
  type InviteGuestRequest,
  maxGuests,
  shortestStaySeconds,
} from '@sotto/protocol/guests';
import {
  type GuestKind,
  type ParticipantId,
  type PatientId,
  participantId as participantIdSchema,
  type VisitId,
} from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { Database, Transaction } from '@sotto/service/postgres';
import { and, eq, isNull } from 'drizzle-orm';
import type * as z from 'zod';
import { type ClinicContext, hoursAfter, visitOpenHours } from './clinicContext.ts';
import { findActive, makeInvitation, revokeActive } from './invitations.ts';
import { newId } from './opaqueToken.ts';
import { guestTable, invitationTable, participantTable, visitTable } from './schema.ts';
import type { FieldPlace } from './sealedField.ts';
import type { StaffPass } from './staffSession.ts';
import { withOwnVisit } from './staffVisits.ts';
import { erasedName, isOver, type VisitRecord } from './visitRecord.ts';

type Pass = StaffPass | undefined;

/** Those withdrawn included. */
const maxGuestRows = 100;

/** A guest as the database has them: the name is still sealed. */
export interface GuestRecord {
  readonly participantId: ParticipantId;
  /** Of the visit: what is known of a guest is known of this patient too. */
  readonly patientId: PatientId;
  readonly kind: GuestKind;
  readonly nameSealed: Uint8Array;
  readonly endsAt: Date;
  /** Whether there is a link that wasn't turned off. */
  readonly isInvited: boolean;
}

export const guestNamePlace = (id: ParticipantId): FieldPlace => ({ table: 'guest', column: 'name', row: id });

export const openGuestName = async (
  { patientFields }: Pick<ClinicContext, 'patientFields'>,
  { participantId, patientId, nameSealed }: Pick<GuestRecord, 'participantId' | 'patientId' | 'nameSealed'>,
): Promise<string> => (await patientFields.open(patientId, guestNamePlace(participantId), nameSealed)) ?? erasedName;

/** The guests of a visit, in the order of inviting. */
export async function findGuests(database: Database | Transaction, visitId: VisitId): Promise<GuestRecord[]> {
  const rows = await database
    .select({
      participantId: guestTable.participantId,
      patientId: visitTable.patientId,
      kind: guestTable.kind,
      nameSealed: guestTable.nameSealed,
      endsAt: guestTable.endsAt,
      invitation: invitationTable.id,
    })
    .from(guestTable)
    .innerJoin(visitTable, eq(visitTable.id, guestTable.visitId))
    .leftJoin(
      invitationTable,
      and(eq(invitationTable.guestId, guestTable.participantId), isNull(invitationTable.revokedAt)),
    )
    .where(eq(guestTable.visitId, visitId))
    .orderBy(guestTable.createdAt, guestTable.participantId);
  return rows.map(({ invitation, ...guest }) => ({ ...guest, isInvited: invitation !== null }));
}

async function toGuest(context: ClinicContext, record: GuestRecord): Promise<Guest> {
  const { participantId, kind, endsAt, isInvited } = record;
  const state = isInvited ? (endsAt <= context.now() ? 'over' : 'invited') : 'withdrawn';
  return { participantId, kind, name: await openGuestName(context, record), endsAt: endsAt.toISOString(), state };
}

/** The visit's row stands for its guests: two requests at once are counted one after the other. */
async function lockedGuests(transaction: Transaction, visitId: VisitId): Promise<GuestRecord[]> {
  await transaction.select({ id: visitTable.id }).from(visitTable).where(eq(visitTable.id, visitId)).for('update');
  return findGuests(transaction, visitId);
}

/** Within the visit's own time, and far enough ahead for somebody to come in. */
const isPossibleEnd = ({ startsAt }: Pick<VisitRecord, 'startsAt'>, endsAt: Date, now: Date): boolean =>
  endsAt.getTime() >= now.getTime() + shortestStaySeconds * 1000 && endsAt <= hoursAfter(startsAt, visitOpenHours);

/** Does something with a guest of the caller's own visit; `notFound` if it has none of that id. */
const withGuest = <T>(
  context: ClinicContext,
  pass: Pass,
  visitId: VisitId,
  id: ParticipantId,
  act: (guest: GuestRecord, visit: VisitRecord) => Promise<Result<T>>,
): Promise<Result<T>> =>
  withOwnVisit(context, pass, visitId, async (visit) => {
    const guests = await findGuests(context.database, visit.id);
    const guest = guests.find(({ participantId }) => participantId === id);
    return guest ? act(guest, visit) : refused('notFound');
  });

/** Everybody whom the physician has invited to the visit besides the patient, those withdrawn included. */
export const listGuests = (
  context: ClinicContext,
  pass: Pass,
  visitId: VisitId,
): Promise<Result<z.infer<typeof guestList>>> =>
  withOwnVisit(context, pass, visitId, async (visit) => {
    const guests = await findGuests(context.database, visit.id);
    return accepted({ guests: await Promise.all(guests.map((guest) => toGuest(context, guest))) });
  });

/**
 * Invites somebody to a visit of the caller's own until a time, and makes their link. `wrongState` once the visit is over,
 * `invalid` for a time that is too near or beyond the visit's own, `conflict` while as many are invited as may be.
 */
export const inviteGuest = (
  context: ClinicContext,
  pass: Pass,
  visitId: VisitId,
  { kind, name, endsAt: end }: InviteGuestRequest,
): Promise<Result<GuestInvitation>> =>
  withOwnVisit(context, pass, visitId, async (visit) => {
    const createdAt = context.now();
    const endsAt = new Date(end);
    if (isOver(visit, createdAt)) return refused('wrongState');
    if (!isPossibleEnd(visit, endsAt, createdAt)) return refused('invalid');
    const participantId = newId(participantIdSchema);
    const nameSealed = await context.patientFields.seal(visit.patientId, guestNamePlace(participantId), name);
    return context.database.transaction(async (transaction) => {
      const guests = await lockedGuests(transaction, visit.id);
      const invited = guests.filter((guest) => guest.isInvited && guest.endsAt > createdAt);
      if (invited.length >= maxGuests || guests.length >= maxGuestRows) return refused('conflict');
      await transaction.insert(participantTable).values({ id: participantId, visitId: visit.id, isGuest: true });
      const record = { participantId, kind, nameSealed, endsAt };
      await transaction.insert(guestTable).values({ ...record, visitId: visit.id, createdAt });
      const invitedAs = { visitId: visit.id, guestId: participantId };
      const { url } = await makeInvitation(context, transaction, invitedAs, visit.startsAt);
      return accepted({
        guest: await toGuest(context, { ...record, patientId: visit.patientId, isInvited: true }),
        url,
      });
    });
  });

/** The guest's link; `notFound` once they were withdrawn, `wrongState` once the visit is over. */
export const readGuestInvitation = (
  context: ClinicContext,
  pass: Pass,
  visitId: VisitId,
  id: ParticipantId,
): Promise<Result<GuestInvitation>> =>
  withGuest(context, pass, visitId, id, async (guest, visit) => {
    if (isOver(visit, context.now())) return refused('wrongState');
    const active = await findActive(context, context.database, { visitId: visit.id, guestId: id });
    return active ? accepted({ guest: await toGuest(context, guest), url: active.url }) : refused('notFound');
  });

/**
 * Puts a guest's end off. What was signed for them before ends when it said: their browser asks for a new ticket and
 * credential. Sooner is `invalid`, since nothing would take back what was signed: who has to go is put out of the group.
 * `conflict` while as many others are invited as may be.
 */
export const putOffGuestEnd = (
  context: ClinicContext,
  pass: Pass,
  visitId: VisitId,
  id: ParticipantId,
  { endsAt: end }: z.infer<typeof guestEndRequest>,
): Promise<Result<Guest>> =>
  withOwnVisit(context, pass, visitId, async (visit) => {
    const now = context.now();
    const endsAt = new Date(end);
    return context.database.transaction(async (transaction) => {
      const guests = await lockedGuests(transaction, visit.id);
      const guest = guests.find(({ participantId }) => participantId === id);
      if (!guest) return refused('notFound');
      if (isOver(visit, now) || !guest.isInvited) return refused('wrongState');
      if (!isPossibleEnd(visit, endsAt, now) || endsAt < guest.endsAt) return refused('invalid');
      const others = guests.filter((one) => one !== guest && one.isInvited && one.endsAt > now);
      if (others.length >= maxGuests) return refused('conflict');
      await transaction.update(guestTable).set({ endsAt }).where(eq(guestTable.participantId, id));
      return accepted(await toGuest(context, { ...guest, endsAt }));
    });
  });

/** The guest's link, and the sessions that it opened, stop working for good. Withdrawing twice is the same as once. */
export const withdrawGuest = (
  context: ClinicContext,
  pass: Pass,
  visitId: VisitId,
  id: ParticipantId,
): Promise<Result<undefined>> =>
  withGuest(context, pass, visitId, id, async (_guest, visit) => {
    await revokeActive(context.database, { visitId: visit.id, guestId: id }, context.now());
    return accepted(undefined);
  });
