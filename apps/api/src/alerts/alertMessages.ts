import type { IncidentId } from '@sotto/protocol/incidents';
import { and, asc, eq, inArray, isNull, lte } from 'drizzle-orm';
import { alwaysHold } from '../access/roleAssignment.ts';
import { incidentMessageTable, incidentTable, messageChannels, messageId } from '../incidentSchema.ts';
import { queueMail } from '../mailQueue.ts';
import { wordsOf } from '../mailWords.ts';
import { newId } from '../opaqueToken.ts';
import { staffTable } from '../schema.ts';
import type { AlertChannel, AlertMessage } from './alertChannels.ts';
import type { AlertContext, IncidentContext } from './alertContext.ts';

const secondMs = 1000;
/** So long one process has a message to itself: longer than a receiver is waited for. */
const claimMs = 60 * secondMs;
/** After this a message that nobody takes is given up: the page has the incident, and mail was sent. */
const patienceMs = 24 * 60 * 60 * secondMs;

/** How long after so many tries the next one is: five seconds first, an hour at most. */
const pauseMs = (tries: number): number => Math.min(5 * 2 ** Math.min(tries, 10), 3600) * secondMs;

/** Puts what tells of an incident among what is to go out: to officers and administrators, and by each channel. */
export async function tellIncident(context: IncidentContext, incidentId: IncidentId): Promise<void> {
  const { database, now, origin, channels } = context;
  const at = now();
  const holders = await Promise.all((['privacyOfficer', 'admin'] as const).map((role) => alwaysHold(context, role)));
  const told = [...new Set(holders.flat())];
  const people =
    told.length === 0
      ? []
      : await database
          .select({ id: staffTable.id, email: staffTable.email })
          .from(staffTable)
          .where(inArray(staffTable.id, told));
  await database.update(incidentTable).set({ toldAt: at }).where(eq(incidentTable.id, incidentId));
  for (const { id, email } of people) {
    // Nobody has said which language they read.
    const [english, spanish] = [wordsOf('incident', 'en', { origin }), wordsOf('incident', 'es', { origin })];
    const subject = `${english.subject} · ${spanish.subject}`;
    const message = { to: email, subject, text: `${english.text}\n${spanish.text}` };
    await queueMail(context, database, {
      to: { staffId: id },
      kind: 'incident',
      message,
      stopHash: null,
      dueAt: at,
    });
  }
  const used = messageChannels.filter((channel) => channels[channel] !== undefined);
  if (used.length === 0) return;
  await database
    .insert(incidentMessageTable)
    .values(used.map((channel) => ({ id: newId(messageId), incidentId, channel, dueAt: at, madeAt: at })));
}

type Message = typeof incidentMessageTable.$inferSelect;

/** One that is due, put off for everybody else. */
const claimOne = ({ database, clinicId, now }: AlertContext, by: Message['channel']): Promise<Message | null> =>
  database.transaction(async (transaction) => {
    const at = now();
    const ours = transaction
      .select({ id: incidentTable.id })
      .from(incidentTable)
      .where(eq(incidentTable.clinicId, clinicId));
    const { id, incidentId, channel, sentAt, givenUpAt, dueAt } = incidentMessageTable;
    const [due] = await transaction
      .select()
      .from(incidentMessageTable)
      .where(and(inArray(incidentId, ours), eq(channel, by), isNull(sentAt), isNull(givenUpAt), lte(dueAt, at)))
      .orderBy(asc(dueAt))
      .limit(1)
      // Another process sends another one.
      .for('update', { skipLocked: true });
    if (due === undefined) return null;
    await transaction
      .update(incidentMessageTable)
      .set({ dueAt: new Date(at.getTime() + claimMs) })
      .where(eq(id, due.id));
    return due;
  });

/** Whether a message was taken; one whose channel isn't set up any more isn't. */
async function isTaken(channel: AlertChannel | undefined, message: AlertMessage): Promise<boolean> {
  if (channel === undefined) return false;
  try {
    await channel.send(message);
    return true;
  } catch {
    return false;
  }
}

/** Sends what is due by one channel, one after the other. @returns how many weren't taken: they are tried again later, with the same id */
export async function sendDueMessages(context: AlertContext, channel: Message['channel']): Promise<number> {
  const { database, now, channels, origin } = context;
  let untaken = 0;
  for (;;) {
    const due = await claimOne(context, channel);
    if (due === null) return untaken;
    const { id, incidentId: incident, madeAt: at, tries } = due;
    const wasTaken = await isTaken(channels[channel], { id, incident, at, url: `${origin}/en/incidents/` });
    if (!wasTaken) untaken += 1;
    const after = now();
    const isGivenUp = after.getTime() - at.getTime() > patienceMs;
    const next = { tries: tries + 1, dueAt: new Date(after.getTime() + pauseMs(tries)) };
    await database
      .update(incidentMessageTable)
      .set(wasTaken ? { sentAt: after } : { ...next, ...(isGivenUp ? { givenUpAt: after } : {}) })
      .where(eq(incidentMessageTable.id, id));
  }
}
