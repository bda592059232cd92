import { type IdleLock, reportSeconds } from '@sotto/protocol/clinic';
import type { SessionId } from '@sotto/protocol/ids';
import { and, eq, gt, gte, isNull, lt, lte, or, sql } from 'drizzle-orm';
import type { ClinicContext } from './clinicContext.ts';
import { staffSessionTable } from './schema.ts';

/** A session as its row has it. */
export interface SessionActivity {
  readonly session: SessionId;
  readonly activeAt: Date;
  /** Null while it isn't locked. */
  readonly lockedAt: Date | null;
}

const { id, activeAt, lockedAt } = staffSessionTable;
const secondsAfter = (time: Date, seconds: number) => new Date(time.getTime() + seconds * 1000);

/** For how long nobody did anything, in milliseconds; negative where the clock was set back since. */
const idleMs = ({ now }: Pick<ClinicContext, 'now'>, since: Date): number => now().getTime() - since.getTime();

/**
 * Locks a session, unless somebody does something in it meanwhile.
 *
 * @param afterSeconds how long nobody did, at least
 * @returns whether it did
 */
async function lock(
  { database, now, idleLockSeconds }: ClinicContext,
  session: SessionId,
  afterSeconds: number,
): Promise<boolean> {
  const at = now();
  const isIdle = or(lte(activeAt, secondsAfter(at, -afterSeconds)), gte(activeAt, secondsAfter(at, idleLockSeconds)));
  const locked = await database
    .update(staffSessionTable)
    .set({ lockedAt: at })
    .where(and(eq(id, session), isNull(lockedAt), isIdle))
    .returning({ id });
  return locked.length > 0;
}

/** How a session stands. */
export interface SessionStanding {
  readonly activeAt: Date;
  readonly isLocked: boolean;
}

/**
 * How a session stands now. Once it was found idle that is written down: a clock that is set back afterwards opens nothing. One
 * that jumps by more than the lock's time, either way, locks.
 *
 * @param read its row as it was read: somebody may have done something, or another request have locked it, since
 */
export async function standingNow(
  context: ClinicContext,
  { session, ...read }: SessionActivity,
): Promise<SessionStanding> {
  const { activeAt: active } = read;
  if (read.lockedAt !== null) return { activeAt: active, isLocked: true };
  if (Math.abs(idleMs(context, active)) < context.idleLockSeconds * 1000) return { activeAt: active, isLocked: false };
  if (await lock(context, session, context.idleLockSeconds)) return { activeAt: active, isLocked: true };
  const [row] = await context.database.select({ activeAt, lockedAt }).from(staffSessionTable).where(eq(id, session));
  return row === undefined
    ? { activeAt: active, isLocked: true }
    : { activeAt: row.activeAt, isLocked: row.lockedAt !== null };
}

/** What a row says once its holder has shown who they are. */
export const unlockedAt = (at: Date) => ({ activeAt: at, lockedAt: null });

/** How a session stands to the lock, for its browser. */
export const toIdleLock = (
  context: ClinicContext,
  holder: SessionStanding & { readonly passkeyAt: Date | null },
): IdleLock => ({
  afterSeconds: context.idleLockSeconds,
  idleSeconds: Math.max(0, Math.floor(idleMs(context, holder.activeAt) / 1000)),
  isLocked: holder.isLocked,
  unlocksBy: holder.passkeyAt === null ? 'password' : 'passkey',
});

/**
 * Takes a browser's word for when somebody last did something there. It never takes back what another page of the session has
 * told, nor opens a locked one; where the browser itself takes the session for idle, it locks by what was told before.
 */
export async function noteActivity(context: ClinicContext, session: SessionId, idleSeconds: number): Promise<void> {
  const { database, now, idleLockSeconds } = context;
  if (idleSeconds >= idleLockSeconds) {
    await lock(context, session, idleLockSeconds - reportSeconds(idleLockSeconds));
    return;
  }
  const at = now();
  const told = secondsAfter(at, -idleSeconds);
  // What lies ahead is taken for now: the clock was set back, or another process has another one.
  const last = sql`greatest(${sql.param(told, activeAt)}, least(${activeAt}, ${sql.param(at, activeAt)}))`;
  const isOpen = [gt(activeAt, secondsAfter(at, -idleLockSeconds)), lt(activeAt, secondsAfter(at, idleLockSeconds))];
  await database
    .update(staffSessionTable)
    .set({ activeAt: last })
    .where(and(eq(id, session), isNull(lockedAt), ...isOpen));
}
