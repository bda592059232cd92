import { credentialLifetimeSeconds } from '@sotto/protocol/credential';
import type { SessionId } from '@sotto/protocol/ids';
import { maxEndedSessions } from '@sotto/protocol/sessionEnds';
import { and, eq, gt, isNotNull } from 'drizzle-orm';
import type { ClinicContext } from './clinicContext.ts';
import type { ApiLog } from './events.ts';
import { staffSessionTable, staffTable } from './schema.ts';
import type { TellSessionEnds } from './signalingControl.ts';

/** So long somebody may be in a visit after they asked for a ticket. */
const credentialMs = credentialLifetimeSeconds * 1000;
/** How often it is looked who was disabled; with what telling takes, sockets are closed within two seconds. */
const lookMs = 500;

/** Tells signaling of the sessions of disabled accounts, whoever disabled them: a page, or the command on the host. */
export interface SessionEnds {
  /** Looks once. What can't be told now is told the next time. */
  look(): Promise<void>;
  /** Waits for what is being done. */
  close(): Promise<void>;
}

/**
 * Sessions of those who may be in a visit still: also those that were signed out before. A started api tells all of them
 * once more, since nobody remembers for it; that changes nothing.
 */
async function endedSessions({ database, clinicId, now }: Pick<ClinicContext, 'clinicId' | 'database' | 'now'>) {
  const rows = await database
    .select({ id: staffSessionTable.id })
    .from(staffSessionTable)
    .innerJoin(staffTable, eq(staffTable.id, staffSessionTable.staffId))
    .where(
      and(
        eq(staffTable.clinicId, clinicId),
        isNotNull(staffTable.disabledAt),
        // A credential lives no longer than the session that asked for it at its end, and as long as one itself.
        gt(staffSessionTable.expiresAt, new Date(now().getTime() - credentialMs)),
      ),
    );
  return rows.map(({ id }) => id);
}

export function watchSessionEnds(
  context: Pick<ClinicContext, 'clinicId' | 'database' | 'now'>,
  tell: TellSessionEnds,
  log: Pick<ApiLog, 'warn' | 'info'>,
): SessionEnds {
  let told: ReadonlySet<SessionId> = new Set();
  let running: Promise<void> | null = null;
  let isFailing = false;

  async function work(): Promise<void> {
    try {
      const ended = await endedSessions(context);
      // Of those that have expired nobody has to know any more.
      told = new Set(ended.filter((id) => told.has(id)));
      const untold = ended.filter((id) => !told.has(id));
      for (let from = 0; from < untold.length; from += maxEndedSessions) {
        const some = untold.slice(from, from + maxEndedSessions);
        await tell(some);
        told = new Set([...told, ...some]);
        log.info('sessionsEnded', { count: some.length });
      }
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.warn('sessionEndsUntold', { error });
      isFailing = true;
    }
  }

  function look(): Promise<void> {
    running ??= work().finally(() => {
      running = null;
    });
    return running;
  }
  const timer = setInterval(() => void look(), lookMs);
  timer.unref();
  return {
    look,
    async close() {
      clearInterval(timer);
      await running;
    },
  };
}
