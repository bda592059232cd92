import type { SignInMethod, StaffSession } from '@sotto/protocol/clinic';
import { type SessionId, sessionId } from '@sotto/protocol/ids';
import type { Transaction } from '@sotto/service/postgres';
import { and, eq, isNull, lte } from 'drizzle-orm';
import { type ClinicContext, credentialsFrom, hoursAfter, staffSessionHours } from './clinicContext.ts';
import { unlockedAt } from './idleLock.ts';
import { hashToken, newId, newToken } from './opaqueToken.ts';
import { staffSessionTable } from './schema.ts';
import { noteDevice } from './staffDevices.ts';
import { findSessionHolder, type SessionHolder, toSession } from './staffSession.ts';
import type { Viewer } from './viewer.ts';

/** Who comes to sign in. */
export interface Arrival {
  /** Key of the network address (`addressKey`): what attempts are counted by. */
  readonly address: string;
  readonly viewer: Viewer;
  /** The session cookie that the browser has, if any. */
  readonly former: string | undefined;
  /** The cookie by which the browser is known again, if it has one. */
  readonly device: string | undefined;
  readonly record: SignInRecord;
}

/** What the platform's log hears of a sign-in. */
export interface SignInRecord {
  /** Begins a session, or lets a passkey come to one, in the transaction that records it. */
  begin(
    session: { readonly staff: SessionHolder['id']; readonly session: SessionId; readonly method: SignInMethod },
    act: (transaction: Transaction) => Promise<void>,
  ): Promise<void>;
  /** Told whose account was tried, before it is known whether they are let in. */
  tried(staff: SessionHolder['id']): void;
}

/** A session, and the token that its browser is given. */
export interface BegunSession {
  readonly session: StaffSession;
  readonly token: string;
  /** By which the browser is known again. */
  readonly device: string;
}

/** Begins a session for who has proven who they are. The caller's session before this one ends. */
export async function beginSession(
  context: ClinicContext,
  staff: Pick<SessionHolder, 'id' | 'name' | 'role'>,
  method: SignInMethod,
  arrival: Arrival,
): Promise<BegunSession> {
  const { now } = context;
  const { viewer, former, device = newToken() } = arrival;
  const id = newId(sessionId);
  const createdAt = now();
  const expiresAt = hoursAfter(createdAt, staffSessionHours);
  const token = newToken();
  const passkeyAt = method === 'passkey' ? createdAt : null;
  await arrival.record.begin({ staff: staff.id, session: id, method }, async (transaction) => {
    // Those by which somebody may be in a visit still are told of when an account is disabled (`watchEnds`).
    await transaction
      .delete(staffSessionTable)
      .where(
        and(eq(staffSessionTable.staffId, staff.id), lte(staffSessionTable.expiresAt, credentialsFrom(createdAt))),
      );
    if (former !== undefined) {
      await transaction
        .update(staffSessionTable)
        .set({ revokedAt: createdAt })
        .where(and(eq(staffSessionTable.tokenHash, hashToken(former)), isNull(staffSessionTable.revokedAt)));
    }
    await noteDevice(transaction, staff.id, { viewer, deviceHash: hashToken(device), at: createdAt });
    await transaction.insert(staffSessionTable).values({
      ...{ tokenHash: hashToken(token), id, staffId: staff.id, createdAt, expiresAt },
      ...{ method, passkeyAt, address: viewer.address, userAgent: viewer.userAgent },
      ...{ deviceHash: hashToken(device), ...unlockedAt(createdAt) },
    });
  });
  const begun = { ...staff, method, passkeyAt, activeAt: createdAt, isLocked: false, expiresAt };
  return { session: await toSession(context, begun), token, device };
}

/**
 * Lets a passkey come to the session that its owner has in this browser, which unlocks it: it goes on, with its id and its end, under a new
 * token, since who had the old one hasn't shown the passkey. Begins one where there is none.
 */
export async function stepUpSession(
  context: ClinicContext,
  staff: Pick<SessionHolder, 'id' | 'name' | 'role'>,
  arrival: Arrival,
): Promise<BegunSession> {
  const holder = await findSessionHolder(context, arrival.former);
  const { former, device = newToken() } = arrival;
  if (holder?.id !== staff.id || former === undefined) return beginSession(context, staff, 'passkey', arrival);
  const token = newToken();
  const passkeyAt = context.now();
  const { session } = holder;
  await arrival.record.begin({ staff: staff.id, session, method: 'passkey' }, async (transaction) => {
    await transaction
      .update(staffSessionTable)
      .set({ tokenHash: hashToken(token), passkeyAt, ...unlockedAt(passkeyAt) })
      .where(eq(staffSessionTable.id, session));
  });
  const stepped = { ...holder, passkeyAt, activeAt: passkeyAt, isLocked: false };
  return { session: await toSession(context, stepped), token, device };
}
