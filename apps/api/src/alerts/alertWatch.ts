import { type Act, type Alert, Watch } from '@sotto/alerts';
import type { Accesses } from '@sotto/protocol/keystoreRoutes';
import { lookRegularly, type RegularLook } from '@sotto/service/lookRegularly';
import { and, eq, inArray, isNotNull } from 'drizzle-orm';
import type { ApiLog } from '../events.ts';
import { messageChannels } from '../incidentSchema.ts';
import { staffTable, visitTable } from '../schema.ts';
import { isLive } from '../visitRecord.ts';
import type { AlertContext } from './alertContext.ts';
import { sendDueMessages } from './alertMessages.ts';
import { denialOf } from './denials.ts';
import { keepAlerts, watchedThrough } from './incidents.ts';
import { liftsSince } from './lifting.ts';
import { ownRelatives } from './ownRelatives.ts';
import { respond } from './response.ts';

/** How often the keystore is asked what was opened: what somebody does is looked at within about this. */
const lookMs = 1000;
/** What is usual is learnt from so much of the log. */
const learntMs = 28 * 24 * 60 * 60_000;
/** An act that is told late is over a day old at most: older lifts concern none. */
const liftsMs = 26 * 60 * 60_000;

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

/**
 * Of those who opened something in an emergency, whom the keystore holds up or who is suspended now; all of them where it doesn't
 * answer: rather one that is told too many.
 */
async function heldUp(
  { keystore, database, clinicId }: AlertContext,
  accesses: Accesses['accesses'],
): Promise<ReadonlySet<string>> {
  const actors = [...new Set(accesses.filter(({ isBreakGlass }) => isBreakGlass).map(({ actor }) => actor))];
  if (actors.length === 0) return new Set();
  const { id, suspendedAt } = staffTable;
  const suspended = await database
    .select({ id })
    .from(staffTable)
    .where(and(eq(staffTable.clinicId, clinicId), inArray(id, actors), isNotNull(suspendedAt)));
  const asked = await keystore.containments();
  if (asked.tag !== 'answered') return new Set(actors);
  return new Set([...suspended.map((one) => one.id), ...asked.value.containments.map(({ whom }) => whom)]);
}

/** What is known of people at the time: whose visits and whose relatives, as `actor patient`, and who is held up. */
interface Circumstances {
  readonly visits: ReadonlySet<string>;
  readonly relatives: ReadonlySet<string>;
  readonly held: ReadonlySet<string>;
}

const actOf = (
  { actor, pseudonym, request, at, address, outcome, isBreakGlass }: Accesses['accesses'][number],
  { visits, relatives, held }: Circumstances,
): Act => ({
  ...{ actor, request, address, outcome, patient: pseudonym, at: new Date(at) },
  ...{ isEmergency: isBreakGlass, isOwnVisit: visits.has(`${actor} ${pseudonym ?? ''}`) },
  ...{ isOwnRelative: relatives.has(`${actor} ${pseudonym ?? ''}`), isHeldUp: held.has(actor) },
});

/**
 * Looks for unusual access, by the keystore's log and by what the api itself refuses, and answers it. What a look misses of the
 * keystore's log isn't lost.
 */
export function openAlertWatch(context: AlertContext, { timeZone, onMail, log }: AlertWatchOptions): RegularLook {
  const rules = new Watch({ timeZone, now: context.now });
  /** Refused by the api, and not looked at yet: until it is known who was let go on. */
  const heard: Act[] = [];
  /** Found, and not kept yet. */
  const found: Alert[] = [];
  /** Up to where this process knows the log; null before it has begun to learn. */
  let place: number | null = null;

  async function learnLifts(): Promise<void> {
    const since = new Date(context.now().getTime() - liftsMs);
    for (const { staff, at } of await liftsSince(context, since)) rules.lifted(staff, at);
  }

  async function keep(through: number | null): Promise<void> {
    const alerts = found.splice(0);
    if (alerts.length === 0 && through === null) return;
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
    const isNew = ({ index }: Accesses['accesses'][number]) => known !== null && index > known;
    const circumstances: Circumstances = {
      visits: await ownVisits(context, accesses),
      relatives: await ownRelatives(context, accesses.filter(isNew)),
      held: await heldUp(context, accesses),
    };
    if (accesses.length > 0) await learnLifts();
    for (const access of accesses) {
      // The first time everything is of before.
      if (isNew(access)) found.push(...rules.watch(actOf(access, circumstances)));
      else rules.learn(actOf(access, circumstances));
    }
    const isLearning = known === null && !isAll;
    await keep(isLearning || through === known ? null : through);
    place = through;
  }

  async function work(): Promise<void> {
    try {
      if (heard.length > 0) await learnLifts();
      found.push(...heard.splice(0).flatMap((denial) => rules.watch(denial)));
      // Also while the keystore doesn't answer.
      await keep(null);
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

  async function send(channel: (typeof messageChannels)[number]): Promise<void> {
    try {
      const untaken = await sendDueMessages(context, channel);
      if (untaken > 0) log.warn('alertUntold', { count: untaken });
    } catch (error) {
      log.error('alertingFailed', { error });
    }
  }

  const accesses = lookRegularly(lookMs, work);
  // A receiver that is slow keeps nothing from being found, nor from being told by others.
  const messages = messageChannels.map((channel) => lookRegularly(lookMs, () => send(channel)));
  const stopHearing = context.platformLog.onRecorded((entries, isDenied) => {
    if (!isDenied) return;
    for (const denial of entries.map(denialOf)) if (denial !== null) heard.push(denial);
  });
  return {
    async look() {
      await accesses.look();
      await Promise.all(messages.map((one) => one.look()));
    },
    async close() {
      stopHearing();
      await accesses.close();
      await Promise.all(messages.map((one) => one.close()));
    },
  };
}
