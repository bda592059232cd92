import { maxEnded } from '@sotto/protocol/ends';
import { lookRegularly, type RegularLook } from '@sotto/service/lookRegularly';
import { and, eq, gt, isNotNull } from 'drizzle-orm';
import { type ClinicContext, credentialsFrom } from './clinicContext.ts';
import type { ApiLog } from './events.ts';
import { staffSessionTable, staffTable, visitTable } from './schema.ts';
import type { TellEnds } from './signalingControl.ts';

/** How often it is looked what was ended; with what telling takes, sockets are closed within two seconds. */
const lookMs = 500;
/** How often signaling is told again what it was told. */
const againMs = 60_000;

type EndsContext = Pick<ClinicContext, 'clinicId' | 'database' | 'now'>;

/** Sessions that are to lose their sockets, and by which somebody may be in a visit still. */
async function endedSessions({ database, clinicId, now }: EndsContext) {
  const rows = await database
    .select({ id: staffSessionTable.id })
    .from(staffSessionTable)
    .innerJoin(staffTable, eq(staffTable.id, staffSessionTable.staffId))
    .where(
      and(
        eq(staffTable.clinicId, clinicId),
        isNotNull(staffSessionTable.letGoAt),
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

/**
 * What was found ended is told at once, and again each minute while it matters: a signaling that was started anew knows nothing
 * of it, and hearing it twice changes nothing.
 */
function oneKind<Id extends string>(now: () => Date, find: () => Promise<Id[]>, tell: (some: Id[]) => Promise<void>) {
  /** When each was told last, Unix ms. */
  let told: ReadonlyMap<Id, number> = new Map();
  return async (onTold: (count: number) => void): Promise<void> => {
    const ended = await find();
    const known = new Set(ended);
    const at = now().getTime();
    // Of those that are long over nobody has to know any more.
    told = new Map([...told].filter(([id]) => known.has(id)));
    const due = ended.filter((id) => (told.get(id) ?? Number.NEGATIVE_INFINITY) + againMs <= at);
    for (let from = 0; from < due.length; from += maxEnded) {
      const some = due.slice(from, from + maxEnded);
      await tell(some);
      const count = some.filter((id) => !told.has(id)).length;
      told = new Map([...told, ...some.map((id) => [id, at] as const)]);
      if (count > 0) onTold(count);
    }
  };
}

/**
 * Tells signaling of sessions that somebody wanted gone (`endWithSockets`), whoever did that: a page, or the command on the
 * host. And of visits that were ended: who ended one says so to signaling too, if their own connection lasts until then.
 */
export function watchEnds(context: EndsContext, tell: TellEnds, log: Pick<ApiLog, 'warn' | 'info'>): RegularLook {
  const tellSessions = oneKind(
    context.now,
    () => endedSessions(context),
    (ids) => tell.sessions(ids),
  );
  const tellVisits = oneKind(
    context.now,
    () => endedVisits(context),
    (ids) => tell.visits(ids),
  );
  let isFailing = false;
  return lookRegularly(lookMs, async () => {
    try {
      await tellSessions((count) => log.info('sessionsEnded', { count }));
      await tellVisits((count) => log.info('visitsEnded', { count }));
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.warn('endsUntold', { error });
      isFailing = true;
    }
  });
}
