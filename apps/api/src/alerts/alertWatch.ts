import { type Act, type Alert, Watch } from '@sotto/alerts';
import type { Accesses } from '@sotto/protocol/keystoreRoutes';
import { and, eq, inArray } from 'drizzle-orm';
import type { ApiLog } from '../events.ts';
import { visitTable } from '../schema.ts';
import { isLive } from '../visitRecord.ts';
import type { AlertContext } from './alertContext.ts';
import { sendDueMessages } from './alertMessages.ts';
import { keepAlerts, watchedThrough } from './incidents.ts';
import { respond } from './response.ts';

/** How often the keystore is asked what was opened: what somebody does is looked at within about this. */
const lookMs = 1000;
/** What is usual is learnt from so much of the log. */
const learntMs = 28 * 24 * 60 * 60_000;

/** Looks for unusual access, by the keystore's log and by what it is told besides, and answers it. */
export interface AlertWatch {
  /** Looks once. What is missed now isn't lost: the log has it. */
  look(): Promise<void>;
  /** Takes something that isn't in the keystore's log. */
  watch(act: Act): Promise<void>;
  /** Waits for what is being done. */
  close(): Promise<void>;
}

export interface AlertWatchOptions {
  /** By whose clock days begin; an IANA name. */
  readonly timeZone: string;
  /** Told when mail was queued, so that it goes at once. */
  readonly onMail: () => void;
  readonly log: Pick<ApiLog, 'info' | 'warn' | 'error'>;
}

const instantOf = (at: Date): string => `${at.toISOString().slice(0, 19)}Z`;

/** Which of these are of a visit that goes on now, as `actor patient`. */
async function ownVisits(
  { database, clinicId, now }: AlertContext,
  accesses: Accesses['accesses'],
): Promise<ReadonlySet<string>> {
  const actors = [...new Set(accesses.map(({ actor }) => actor))];
  if (actors.length === 0) return new Set();
  const visits = await database
    .select({
      clinician: visitTable.clinicianId,
      patient: visitTable.patientId,
      status: visitTable.status,
      startsAt: visitTable.startsAt,
    })
    .from(visitTable)
    .where(
      and(eq(visitTable.clinicId, clinicId), inArray(visitTable.clinicianId, actors), eq(visitTable.status, 'open')),
    );
  return new Set(
    visits.filter((visit) => isLive(visit, now())).map(({ clinician, patient }) => `${clinician} ${patient}`),
  );
}

const actOf = (
  { actor, pseudonym, request, at, address, outcome, isBreakGlass }: Accesses['accesses'][number],
  own: ReadonlySet<string>,
): Act => ({
  ...{ actor, request, address, outcome, patient: pseudonym, at: new Date(at) },
  ...{ isEmergency: isBreakGlass, isOwnVisit: own.has(`${actor} ${pseudonym ?? ''}`) },
});

export function openAlertWatch(context: AlertContext, { timeZone, onMail, log }: AlertWatchOptions): AlertWatch {
  const rules = new Watch({ timeZone, now: context.now });
  /** Found, and not kept yet. */
  const found: Alert[] = [];
  /** Up to where this process knows the log; null before it has begun to learn. */
  let place: number | null = null;
  let running: Promise<void> | null = null;
  let sending: Promise<void> | null = null;

  async function keep(through: number | null): Promise<void> {
    const alerts = found.splice(0);
    try {
      await keepAlerts(context, alerts, through);
    } catch (error) {
      // The rules won't find them again.
      found.unshift(...alerts);
      throw error;
    }
    if (alerts.length === 0) return;
    log.warn('alerted', { count: alerts.length });
    await respond(context);
    onMail();
  }

  async function take({ accesses, through, isAll }: Accesses): Promise<void> {
    const known = await watchedThrough(context);
    const own = await ownVisits(context, accesses);
    for (const access of accesses) {
      // The first time everything is of before.
      if (known === null || access.index <= known) rules.learn(actOf(access, own));
      else found.push(...rules.watch(actOf(access, own)));
    }
    await keep(known === null && !isAll ? null : through);
    place = through;
  }

  async function work(): Promise<void> {
    try {
      for (let isAll = false; !isAll; ) {
        const since = instantOf(new Date(context.now().getTime() - learntMs));
        const asked = await context.keystore.readAccesses(place === null ? { since } : { after: place });
        // It is asked again; that it doesn't answer is logged where it was asked.
        if (asked.tag !== 'answered') break;
        await take(asked.value);
        ({ isAll } = asked.value);
      }
      await respond(context);
    } catch (error) {
      log.error('alertingFailed', { error });
    }
  }

  async function send(): Promise<void> {
    try {
      const untaken = await sendDueMessages(context);
      if (untaken > 0) log.warn('alertUntold', { count: untaken });
    } catch (error) {
      log.error('alertingFailed', { error });
    }
  }

  /** Receivers that are slow keep nothing from being found. */
  function sendSoon(): void {
    sending ??= send().finally(() => {
      sending = null;
    });
  }

  function look(): Promise<void> {
    running ??= work().finally(() => {
      running = null;
      sendSoon();
    });
    return running;
  }
  const timer = setInterval(() => void look(), lookMs);
  timer.unref();
  return {
    look,
    async watch(act) {
      found.push(...rules.watch(act));
      await keep(null);
    },
    async close() {
      clearInterval(timer);
      await running;
      await sending;
    },
  };
}
