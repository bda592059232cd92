import type { SessionId, StaffId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { OwnSessions } from '@sotto/protocol/signIn';
import type { Transaction } from '@sotto/service/postgres';
import { and, desc, eq, gt, inArray, isNotNull, isNull, ne } from 'drizzle-orm';
import type { ClinicContext } from './clinicContext.ts';
import { deviceOf } from './deviceWords.ts';
import { endWithSockets } from './endSessions.ts';
import { staffSessionTable } from './schema.ts';
import { asHolder, type SessionHolder } from './staffSession.ts';

const maxListed = 200;

const aliveOf = ({ id }: SessionHolder, now: Date) =>
  and(eq(staffSessionTable.staffId, id), isNull(staffSessionTable.revokedAt), gt(staffSessionTable.expiresAt, now));

/** Where whoever asks is signed in. */
export const listOwnSessions = (context: ClinicContext, token: string | undefined): Promise<Result<OwnSessions>> =>
  asHolder(context, token, async (holder) => {
    const rows = await context.database
      .select()
      .from(staffSessionTable)
      .where(aliveOf(holder, context.now()))
      .orderBy(desc(staffSessionTable.createdAt))
      .limit(maxListed);
    return accepted({
      sessions: rows.map(({ id, userAgent, address, method, providerSaid: said, passkeyAt, createdAt }) => ({
        ...{ id, device: deviceOf(userAgent), address, method, said, hasPasskey: passkeyAt !== null },
        ...{ beganAt: createdAt.toISOString(), isThis: id === holder.session },
      })),
    });
  });

/** Ends one session of whoever asks; `notFound` for anybody else's, and for one that is over. */
export const endOwnSession = (
  context: ClinicContext,
  token: string | undefined,
  session: SessionId,
): Promise<Result<undefined>> =>
  asHolder(context, token, async (holder) => {
    const at = context.now();
    const ended = await endWithSockets(
      context.database,
      and(aliveOf(holder, at), eq(staffSessionTable.id, session)),
      at,
    );
    return ended.length === 1 ? accepted(undefined) : refused('notFound');
  });

interface SessionsContext extends Pick<ClinicContext, 'now'> {
  readonly database: ClinicContext['database'] | Transaction;
}

/** Ends somebody's sessions but the one that asks, and their sockets. */
export async function endOthersOf({ database, now }: SessionsContext, holder: SessionHolder): Promise<void> {
  const at = now();
  await endWithSockets(database, and(aliveOf(holder, at), ne(staffSessionTable.id, holder.session)), at);
}

/** As `endOthersOf`, of those that the clinic's provider began. */
export async function endOthersByProvider({ database, now }: SessionsContext, holder: SessionHolder): Promise<void> {
  const at = now();
  const { id, method } = staffSessionTable;
  await endWithSockets(database, and(aliveOf(holder, at), ne(id, holder.session), eq(method, 'oidc')), at);
}

/** Ends all sessions of whoever asks but the one that asks. */
export const endOtherSessions = (context: ClinicContext, token: string | undefined): Promise<Result<undefined>> =>
  asHolder(context, token, async (holder) => {
    await endOthersOf(context, holder);
    return accepted(undefined);
  });

/** Ends somebody's sessions that a password or the provider alone began, but the one that asks: from now on that takes more. */
export async function endOtherWeakSessions(
  { database, now }: Pick<ClinicContext, 'now'> & { readonly database: Transaction },
  { id, session }: SessionHolder,
): Promise<void> {
  const { staffId, method, passkeyAt, revokedAt } = staffSessionTable;
  await database
    .update(staffSessionTable)
    .set({ revokedAt: now() })
    .where(
      and(
        ...[eq(staffId, id), inArray(method, ['password', 'oidc']), isNull(passkeyAt), isNull(revokedAt)],
        ne(staffSessionTable.id, session),
      ),
    );
}

/**
 * Ends the sessions of somebody whose passkey was ended, or replaced, that a passkey began or came to: whoever has found it
 * is out. Others go on, as that of who makes a new one.
 */
export async function endPasskeySessions({ database, now }: ClinicContext, staff: StaffId): Promise<void> {
  await database
    .update(staffSessionTable)
    .set({ revokedAt: now() })
    .where(
      and(
        eq(staffSessionTable.staffId, staff),
        isNotNull(staffSessionTable.passkeyAt),
        isNull(staffSessionTable.revokedAt),
      ),
    );
}
