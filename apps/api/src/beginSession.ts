import type { SignInMethod, StaffSession } from '@sotto/protocol/clinic';
import { type SessionId, sessionId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { Transaction } from '@sotto/service/postgres';
import { and, eq, isNull, lte } from 'drizzle-orm';
import { isEnabled, isNotLetGo } from './accountStanding.ts';
import { type ClinicContext, credentialsFrom, hoursAfter, staffSessionHours } from './clinicContext.ts';
import { unlockedAt } from './idleLock.ts';
import { hashToken, newId, newToken } from './opaqueToken.ts';
import { staffSessionTable, staffTable } from './schema.ts';
import { noteDevice } from './staffDevices.ts';
import { tellNewDevice } from './staffMail.ts';
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
    act: (transaction: Transaction) => Promise<Result<undefined>>,
  ): Promise<Result<undefined>>;
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

/** What the clinic's provider said of who signs in. */
export interface ProviderWord {
  /** By what it says to know them, if it does. */
  readonly said: string | null;
  /** Whether it is about this account still: what unbinds them waits until the transaction is over. */
  readonly isBoundWithin: (transaction: Transaction) => Promise<boolean>;
}

/** What somebody has shown: it has to be so still when a session begins by it. */
type Shown =
  | { readonly by: 'passkey' }
  /** The hash that their password was verified against. */
  | { readonly by: 'password'; readonly hash: string }
  | { readonly by: 'provider'; readonly word: ProviderWord };

/** Whether somebody may sign in by what they showed; until the transaction is over nobody disables them or changes their password. */
async function mayBegin(transaction: Transaction, staff: SessionHolder['id'], shown: Shown): Promise<boolean> {
  const found = await transaction
    .select({ id: staffTable.id })
    .from(staffTable)
    .where(
      and(
        ...[eq(staffTable.id, staff), shown.by === 'passkey' ? isNotLetGo : isEnabled],
        shown.by === 'password' ? eq(staffTable.passwordHash, shown.hash) : undefined,
      ),
    )
    .for('share');
  if (found.length === 0) return false;
  return shown.by !== 'provider' || shown.word.isBoundWithin(transaction);
}

/**
 * Begins a session for who has proven who they are. The caller's session before this one ends. `unauthenticated` where they were
 * disabled meanwhile, or what they showed isn't so any more.
 */
export async function beginSession(
  context: ClinicContext,
  staff: Pick<SessionHolder, 'id' | 'name' | 'role'>,
  method: SignInMethod,
  arrival: Arrival,
  shown: Shown,
): Promise<Result<BegunSession>> {
  const { now } = context;
  const { viewer, former, device = newToken() } = arrival;
  const id = newId(sessionId);
  const createdAt = now();
  const expiresAt = hoursAfter(createdAt, staffSessionHours);
  const token = newToken();
  const passkeyAt = method === 'passkey' ? createdAt : null;
  const providerSaid = shown.by === 'provider' ? shown.word.said : null;
  const recorded = await arrival.record.begin({ staff: staff.id, session: id, method }, async (transaction) => {
    if (!(await mayBegin(transaction, staff.id, shown))) return refused('unauthenticated');
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
    const isNew = await noteDevice(transaction, staff.id, { viewer, deviceHash: hashToken(device), at: createdAt });
    if (isNew) await tellNewDevice(context, transaction, staff.id);
    await transaction.insert(staffSessionTable).values({
      ...{ tokenHash: hashToken(token), id, staffId: staff.id, createdAt, expiresAt },
      ...{ method, passkeyAt, address: viewer.address, userAgent: viewer.userAgent },
      ...{ deviceHash: hashToken(device), providerSaid, ...unlockedAt(createdAt) },
    });
    return accepted(undefined);
  });
  if (!recorded.ok) return recorded;
  const begun = { ...staff, method, passkeyAt, activeAt: createdAt, isLocked: false, expiresAt };
  return accepted({ session: await toSession(context, begun), token, device });
}

/**
 * Lets a passkey come to the session that its owner has in this browser, which unlocks it: it goes on, with its id and its end. The
 * first passkey gives it a new token, since who had the old one hasn't shown it; with a later one the token stays, so that what is
 * asked meanwhile, as in a visit, isn't refused. Begins one where there is none.
 */
export async function stepUpSession(
  context: ClinicContext,
  staff: Pick<SessionHolder, 'id' | 'name' | 'role'>,
  arrival: Arrival,
): Promise<Result<BegunSession>> {
  const holder = await findSessionHolder(context, arrival.former);
  const { former, device = newToken() } = arrival;
  if (holder?.id !== staff.id || former === undefined) {
    return beginSession(context, staff, 'passkey', arrival, { by: 'passkey' });
  }
  const token = holder.passkeyAt === null ? newToken() : former;
  const passkeyAt = context.now();
  const { session } = holder;
  const recorded = await arrival.record.begin({ staff: staff.id, session, method: 'passkey' }, async (transaction) => {
    await transaction
      .update(staffSessionTable)
      .set({ tokenHash: hashToken(token), passkeyAt, ...unlockedAt(passkeyAt) })
      .where(eq(staffSessionTable.id, session));
    return accepted(undefined);
  });
  if (!recorded.ok) return recorded;
  const stepped = { ...holder, passkeyAt, activeAt: passkeyAt, isLocked: false };
  return accepted({ session: await toSession(context, stepped), token, device });
}
