import type { Invitation } from '@sotto/protocol/clinic';
import type { ParticipantId, VisitId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { Transaction } from '@sotto/service/postgres';
import { and, eq, gt, isNull } from 'drizzle-orm';
import { isUnlocked } from './birthDate.ts';
import { type ClinicContext, hoursAfter, visitOpenHours } from './clinicContext.ts';
import { hashToken, newId, newToken } from './opaqueToken.ts';
import { type InvitationId, invitationId, invitationTable, visitTable } from './schema.ts';
import type { FieldPlace } from './sealedField.ts';
import type { StaffPass } from './staffSession.ts';
import { withOwnVisit } from './staffVisits.ts';
import { isOver } from './visitRecord.ts';

type Pass = StaffPass | undefined;

const secretPlace = (id: InvitationId): FieldPlace => ({ table: 'invitation', column: 'secret', row: id });

/** The secret stands behind `#`: browsers keep it from every server, ours included, until the page posts it. */
const link = ({ origin }: ClinicContext, secret: string, expiresAt: Date): Invitation => ({
  url: `${origin}/join#${secret}`,
  expiresAt: expiresAt.toISOString(),
});

/** Whom an invitation is for: the visit's patient, or one of its guests. */
export interface Invited {
  readonly visitId: VisitId;
  /** Null: the patient. */
  readonly guestId: ParticipantId | null;
}

const isFor = ({ visitId, guestId }: Invited) =>
  and(
    eq(invitationTable.visitId, visitId),
    guestId === null ? isNull(invitationTable.guestId) : eq(invitationTable.guestId, guestId),
    isNull(invitationTable.revokedAt),
  );

/** Links and the sessions that they opened stop working. */
export const revokeActive = (
  transaction: Transaction | ClinicContext['database'],
  invited: Invited,
  at: Date,
): Promise<unknown> => transaction.update(invitationTable).set({ revokedAt: at }).where(isFor(invited));

/** A new link in place of the one before. */
export async function makeInvitation(
  context: ClinicContext,
  transaction: Transaction,
  invited: Invited,
  startsAt: Date,
): Promise<Invitation> {
  const id = newId(invitationId);
  const secret = newToken();
  const createdAt = context.now();
  const expiresAt = hoursAfter(startsAt, visitOpenHours);
  await revokeActive(transaction, invited, createdAt);
  await transaction.insert(invitationTable).values({
    id,
    ...invited,
    secretHash: hashToken(secret),
    secretSealed: await context.fields.seal(secretPlace(id), secret),
    createdAt,
    expiresAt,
  });
  return link(context, secret, expiresAt);
}

/** The link that works now. */
export async function findActive(
  context: ClinicContext,
  transaction: Transaction | ClinicContext['database'],
  invited: Invited,
): Promise<Invitation | undefined> {
  const [active] = await transaction
    .select({
      id: invitationTable.id,
      secretSealed: invitationTable.secretSealed,
      expiresAt: invitationTable.expiresAt,
    })
    .from(invitationTable)
    .where(and(isFor(invited), isUnlocked, gt(invitationTable.expiresAt, context.now())));
  return (
    active && link(context, await context.fields.open(secretPlace(active.id), active.secretSealed), active.expiresAt)
  );
}

const patientOf = (visitId: VisitId): Invited => ({ visitId, guestId: null });

/**
 * Works on the patient's invitation with the visit's row locked, so that two requests at once don't replace each other's.
 * `wrongState` once the visit is over. The caller has checked whose visit it is.
 */
export async function invite(
  context: ClinicContext,
  visitId: VisitId,
  keep: 'keepActive' | 'replace',
): Promise<Result<Invitation>> {
  return context.database.transaction(async (transaction) => {
    const [visit] = await transaction
      .select({ status: visitTable.status, startsAt: visitTable.startsAt })
      .from(visitTable)
      .where(eq(visitTable.id, visitId))
      .for('update');
    if (!visit || isOver(visit, context.now())) return refused('wrongState');
    const active = keep === 'keepActive' ? await findActive(context, transaction, patientOf(visitId)) : undefined;
    return accepted(active ?? (await makeInvitation(context, transaction, patientOf(visitId), visit.startsAt)));
  });
}

/** The link that works now; `notFound` if there is none, `wrongState` once the visit is over. Changes nothing. */
export const readInvitation = (context: ClinicContext, pass: Pass, visitId: VisitId): Promise<Result<Invitation>> =>
  withOwnVisit(context, pass, visitId, async (visit) => {
    if (isOver(visit, context.now())) return refused('wrongState');
    const active = await findActive(context, context.database, patientOf(visit.id));
    return active ? accepted(active) : refused('notFound');
  });

/** A new link. The one before, and the sessions that it opened, stop working. */
export const replaceInvitation = (context: ClinicContext, pass: Pass, visitId: VisitId): Promise<Result<Invitation>> =>
  withOwnVisit(context, pass, visitId, (visit) => invite(context, visit.id, 'replace'));

/** The link, and the sessions that it opened, stop working; nothing takes its place. */
export const revokeInvitation = (context: ClinicContext, pass: Pass, visitId: VisitId): Promise<Result<undefined>> =>
  withOwnVisit(context, pass, visitId, async (visit) => {
    await revokeActive(context.database, patientOf(visit.id), context.now());
    return accepted(undefined);
  });
