import { maxEnded } from '@sotto/protocol/ends';
import { and, eq, gt, isNotNull } from 'drizzle-orm';
import { type ClinicContext, credentialsFrom } from './clinicContext.ts';
import type { ApiLog } from './events.ts';
import { staffSessionTable, staffTable, visitTable } from './schema.ts';
import type { TellEnds } from './signalingControl.ts';

/** How often it is looked what was ended; with what telling takes, sockets are closed within two seconds. */
const lookMs = 500;

type EndsContext = Pick<ClinicContext, 'clinicId' | 'database' | 'now'>;

/**
 * Tells signaling of the sessions of disabled accounts, whoever disabled them: a page, or the command on the host. And of visits
 * that were ended: who ended one says so to signaling too, if their own connection lasts until then.
 */
export interface Ends {
  /** Looks once. What can't be told now is told the next time. */
  look(): Promise<void>;
  /** Waits for what is being done. */
  close(): Promise<void>;
}

/**
 * Sessions of those who may be in a visit still: also those that were signed out before. A started api tells all of them
 * once more, since nobody remembers for it; that changes nothing.
 */
async function endedSessions({ database, clinicId, now }: EndsContext) {
  const rows = await database
    .select({ id: staffSessionTable.id })
    .from(staffSessionTable)
    .innerJoin(staffTable, eq(staffTable.id, staffSessionTable.staffId))
    .where(
      and(
        eq(staffTable.clinicId, clinicId),
        isNotNull(staffTable.disabledAt),
        // A credential lives no longer than the session that asked for it at its end, and as long as one itself.
        gt(staffSessionTable.expiresAt, credentialsFrom(now())),
      ),
    );
  return rows.map(({ id }) => id);
}

/** Visits that somebody may be in still. */
async function endedVisits({ database, clinicId, now }: EndsContext) {
  const rows = await database
    .select({ id: visitTable.id })
    .from(visitTable)
    .where(
      and(
        eq(visitTable.clinicId, clinicId),
        eq(visitTable.status, 'ended'),
        gt(visitTable.endedAt, credentialsFrom(now())),
      ),
    );
  return rows.map(({ id }) => id);
}

/** What was found ended is told once. */
function oneKind<Id extends string>(find: () => Promise<Id[]>, tell: (some: Id[]) => Promise<void>) {
  let told: ReadonlySet<Id> = new Set();
  return async (onTold: (count: number) => void): Promise<void> => {
    const ended = await find();
    // Of those that are long over nobody has to know any more.
    told = new Set(ended.filter((id) => told.has(id)));
    const untold = ended.filter((id) => !told.has(id));
    for (let from = 0; from < untold.length; from += maxEnded) {
      const some = untold.slice(from, from + maxEnded);
      await tell(some);
      told = new Set([...told, ...some]);
      onTold(some.length);
    }
  };
}

export function watchEnds(context: EndsContext, tell: TellEnds, log: Pick<ApiLog, 'warn' | 'info'>): Ends {
  const tellSessions = oneKind(
    () => endedSessions(context),
    (ids) => tell.sessions(ids),
  );
  const tellVisits = oneKind(
    () => endedVisits(context),
    (ids) => tell.visits(ids),
  );
  let running: Promise<void> | null = null;
  let isFailing = false;

  async function work(): Promise<void> {
    try {
      await tellSessions((count) => log.info('sessionsEnded', { count }));
      await tellVisits((count) => log.info('visitsEnded', { count }));
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.warn('endsUntold', { error });
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
