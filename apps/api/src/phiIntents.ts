import { type IntentRequest, type intentGrant, intentId, intentSeconds, type PhiRoute } from '@sotto/protocol/phi';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import { and, eq, gt, inArray, lte } from 'drizzle-orm';
import type * as z from 'zod';
import type { PhiDeclaration } from './access/declaration.ts';
import type { Act } from './audit/act.ts';
import type { RequestRecorder } from './audit/requestRecorder.ts';
import type { ClinicContext } from './clinicContext.ts';
import { hashToken, newToken } from './opaqueToken.ts';
import { phiIntentTable } from './phiSchema.ts';

type Purpose = IntentRequest['purpose'];

/** What an entry says of an intent: the same of its issue and of its use, which are found by it together. */
export const intentAct = (
  { resource, idHash }: { resource: string; idHash: Uint8Array },
  purpose: Purpose,
): Pick<Act, 'resource' | 'purpose'> => ({
  resource: `${resource}/intent:${Buffer.from(idHash).toString('base64url')}`,
  purpose,
});

const mayClaim = (role: string, purpose: Purpose, { purposes }: PhiDeclaration): boolean =>
  purposes.includes(purpose) && (role === 'patient') === (purpose === 'patientRequest');

/**
 * Issues an intent for what the policies have let through, once the log has it. `forbidden` for a purpose that the route isn't for,
 * or not for whoever asks.
 *
 * @throws AuditStoreError if it can't be recorded: then there is none
 */
export async function issueIntent(
  { clinicId, database, now }: ClinicContext,
  recorder: RequestRecorder,
  phi: PhiDeclaration,
  purpose: Purpose,
): Promise<Result<z.infer<typeof intentGrant>>> {
  const { role, session: sessionId, resource, patient: patientId } = recorder.decided;
  if (sessionId === null || patientId === null || !mayClaim(role, purpose, phi)) return refused('forbidden');
  const id = newToken();
  const idHash = hashToken(id);
  recorder.about(intentAct({ resource, idHash }, purpose));
  await recorder.record();
  const expiresAt = new Date(now().getTime() + intentSeconds * 1000);
  await database.delete(phiIntentTable).where(lte(phiIntentTable.expiresAt, now()));
  await database
    .insert(phiIntentTable)
    .values({ idHash, clinicId, sessionId, route: phi.route, resource, patientId, purpose, expiresAt });
  return accepted({ id, expiresAt: expiresAt.toISOString() });
}

/** What is about to be done, and in which sessions it may be. */
interface AboutToDo {
  readonly route: PhiRoute;
  readonly sessions: readonly string[];
  readonly resource: string;
  readonly patient: string;
}

/** An intent that was taken. */
interface TakenIntent {
  readonly session: string;
  readonly purpose: Purpose;
  readonly idHash: Uint8Array;
}

/** Takes an intent out of the world, if it is good for exactly this; null if there is none. Of two at once one gets it. */
export async function takeIntent(
  { database, now }: Pick<ClinicContext, 'database' | 'now'>,
  header: unknown,
  { route, sessions, resource, patient }: AboutToDo,
): Promise<TakenIntent | null> {
  const id = intentId.safeParse(header);
  if (!id.success) return null;
  const idHash = hashToken(id.data);
  const [taken] = await database
    .delete(phiIntentTable)
    .where(
      and(
        ...[eq(phiIntentTable.idHash, idHash), gt(phiIntentTable.expiresAt, now())],
        ...[eq(phiIntentTable.route, route), eq(phiIntentTable.resource, resource)],
        ...[eq(phiIntentTable.patientId, patient), inArray(phiIntentTable.sessionId, [...sessions])],
      ),
    )
    .returning({ session: phiIntentTable.sessionId, purpose: phiIntentTable.purpose });
  return taken === undefined ? null : { ...taken, idHash };
}
