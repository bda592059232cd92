import type { Invitation } from '@sotto/protocol/clinic';
import type { VisitId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { Transaction } from '@sotto/service/postgres';
import { and, eq, gt, isNull } from 'drizzle-orm';
import { type ClinicContext, hoursAfter, visitOpenHours } from './clinicContext.ts';
import { hashToken, newId, newToken } from './opaqueToken.ts';
import { type InvitationId, invitationId, invitationTable, visitTable } from './schema.ts';
import type { FieldPlace } from './sealedField.ts';
import { withOwnVisit } from './staffVisits.ts';
import { isOver } from './visitRecord.ts';

type Token = string | undefined;

const secretPlace = (id: InvitationId): FieldPlace => ({ table: 'invitation', column: 'secret', row: id });

/** The secret stands behind `#`: browsers keep it from every server, ours included, until the page posts it. */
const link = ({ origin }: ClinicContext, secret: string, expiresAt: Date): Invitation => ({
  url: `${origin}/join#${secret}`,
  expiresAt: expiresAt.toISOString(),
});

const revokeActive = (transaction: Transaction | ClinicContext['database'], visitId: VisitId, at: Date) =>
  transaction
    .update(invitationTable)
    .set({ revokedAt: at })
    .where(and(eq(invitationTable.visitId, visitId), isNull(invitationTable.revokedAt)));

async function makeInvitation(
  context: ClinicContext,
  transaction: Transaction,
  visitId: VisitId,
  startsAt: Date,
): Promise<Invitation> {
  const id = newId(invitationId);
  const secret = newToken();
  const createdAt = context.now();
  const expiresAt = hoursAfter(startsAt, visitOpenHours);
  await revokeActive(transaction, visitId, createdAt);
  await transaction.insert(invitationTable).values({
    id,
    visitId,
    secretHash: hashToken(secret),
    secretSealed: await context.fields.seal(secretPlace(id), secret),
    createdAt,
    expiresAt,
  });
  return link(context, secret, expiresAt);
}

async function findActive(
  context: ClinicContext,
  transaction: Transaction | ClinicContext['database'],
  visitId: VisitId,
) {
  const [active] = await transaction
    .select({
      id: invitationTable.id,
      secretSealed: invitationTable.secretSealed,
      expiresAt: invitationTable.expiresAt,
    })
    .from(invitationTable)
    .where(
      and(
        eq(invitationTable.visitId, visitId),
        isNull(invitationTable.revokedAt),
        gt(invitationTable.expiresAt, context.now()),
      ),
    );
  return (
    active && link(context, await context.fields.open(secretPlace(active.id), active.secretSealed), active.expiresAt)
  );
}

/**
 * Works on a visit's invitation with the visit's row locked, so that two requests at once don't replace each other's.
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
    const active = keep === 'keepActive' ? await findActive(context, transaction, visitId) : undefined;
    return accepted(active ?? (await makeInvitation(context, transaction, visitId, visit.startsAt)));
  });
}

/** The link that works now; `notFound` if there is none, `wrongState` once the visit is over. Changes nothing. */
export const readInvitation = (context: ClinicContext, token: Token, visitId: VisitId): Promise<Result<Invitation>> =>
  withOwnVisit(context, token, visitId, async (visit) => {
    if (isOver(visit, context.now())) return refused('wrongState');
    const active = await findActive(context, context.database, visit.id);
    return active ? accepted(active) : refused('notFound');
  });

/** A new link. The one before, and the sessions that it opened, stop working. */
export const replaceInvitation = (
  context: ClinicContext,
  token: Token,
  visitId: VisitId,
): Promise<Result<Invitation>> =>
  withOwnVisit(context, token, visitId, (visit) => invite(context, visit.id, 'replace'));

/** The link, and the sessions that it opened, stop working; nothing takes its place. */
export const revokeInvitation = (context: ClinicContext, token: Token, visitId: VisitId): Promise<Result<undefined>> =>
  withOwnVisit(context, token, visitId, async (visit) => {
    await revokeActive(context.database, visit.id, context.now());
    return accepted(undefined);
  });
