import { type IdleLock, reportSeconds } from '@sotto/protocol/clinic';
import type { SessionId } from '@sotto/protocol/ids';
import { and, eq, gt, gte, isNull, lt, lte, or } from 'drizzle-orm';
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

/** Locks a session, unless somebody does something in it meanwhile. @param afterSeconds how long nobody did, at least */
async function lock(
  { database, now, idleLockSeconds }: ClinicContext,
  session: SessionId,
  afterSeconds: number,
): Promise<void> {
  const at = now();
  const isIdle = or(lte(activeAt, secondsAfter(at, -afterSeconds)), gte(activeAt, secondsAfter(at, idleLockSeconds)));
  await database
    .update(staffSessionTable)
    .set({ lockedAt: at })
    .where(and(eq(id, session), isNull(lockedAt), isIdle));
}

/**
 * Whether a session is locked. Once it was found idle that is written down: a clock that is set back afterwards opens nothing. One
 * that jumps by more than the lock's time, either way, locks.
 */
export async function isLocked(context: ClinicContext, activity: SessionActivity): Promise<boolean> {
  if (activity.lockedAt !== null) return true;
  if (Math.abs(idleMs(context, activity.activeAt)) < context.idleLockSeconds * 1000) return false;
  await lock(context, activity.session, context.idleLockSeconds);
  return true;
}

/** What a row says once its holder has shown who they are. */
export const unlockedAt = (at: Date) => ({ activeAt: at, lockedAt: null });

/** How a session stands to the lock, for its browser. */
export const toIdleLock = (
  context: ClinicContext,
  holder: { readonly activeAt: Date; readonly isLocked: boolean; readonly passkeyAt: Date | null },
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
  // What lies ahead, since the clock was set back, would keep a session open for longer than it should.
  const isNews = or(lt(activeAt, told), gt(activeAt, at));
  const isOpen = [gt(activeAt, secondsAfter(at, -idleLockSeconds)), lt(activeAt, secondsAfter(at, idleLockSeconds))];
  await database
    .update(staffSessionTable)
    .set({ activeAt: told })
    .where(and(eq(id, session), isNull(lockedAt), isNews, ...isOpen));
}
