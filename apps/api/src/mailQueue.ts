import type { PatientId, StaffId } from '@sotto/protocol/ids';
import { maxOutboxRead, type Outbox } from '@sotto/protocol/patientNotices';
import type { Database, Transaction } from '@sotto/service/postgres';
import { and, asc, desc, eq, inArray, isNotNull, isNull, lt, lte, not, notExists, or, sql } from 'drizzle-orm';
import * as z from 'zod';
import type { ClinicContext } from './clinicContext.ts';
import { FieldKeysUnavailable, isOfOneKey } from './errors.ts';
import type { MailTransport, SendOutcome } from './mailTransport.ts';
import type { MailKind, MailMessage } from './mailWords.ts';
import { newId } from './opaqueToken.ts';
import type { OwnFields } from './patientFields.ts';
import {
  type MailId,
  mailId,
  mailTable,
  patientNoticeTable,
  patientTable,
  staffInvitationTable,
  staffTable,
} from './schema.ts';
import type { FieldPlace } from './sealedField.ts';

type QueueContext = Pick<ClinicContext, 'clinicId' | 'database' | 'fields' | 'patientFields' | 'now'>;

/** To this clinic's patients and staff, and those it invites: another's mail is sealed with another key. */
const isOurs = ({ clinicId, database }: Pick<ClinicContext, 'clinicId' | 'database'>) =>
  or(
    inArray(
      mailTable.patientId,
      database.select({ id: patientTable.id }).from(patientTable).where(eq(patientTable.clinicId, clinicId)),
    ),
    inArray(
      mailTable.staffInvitationId,
      database
        .select({ id: staffInvitationTable.staffId })
        .from(staffInvitationTable)
        .where(eq(staffInvitationTable.clinicId, clinicId)),
    ),
    inArray(
      mailTable.staffId,
      database.select({ id: staffTable.id }).from(staffTable).where(eq(staffTable.clinicId, clinicId)),
    ),
  );

/** Whose link works no more: withdrawn, replaced or taken up, or past its end. */
const isUseless = ({ database }: Pick<ClinicContext, 'database'>, at: Date) =>
  inArray(
    mailTable.staffInvitationId,
    database
      .select({ id: staffInvitationTable.staffId })
      .from(staffInvitationTable)
      .where(or(isNotNull(staffInvitationTable.overAt), lte(staffInvitationTable.expiresAt, at))),
  );

export const messagePlace = (id: MailId): FieldPlace => ({ table: 'mail', column: 'message', row: id });
const message = z.strictObject({ to: z.string(), subject: z.string(), text: z.string() });

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** So long one process has a mail to itself: longer than a server is waited for. */
const claimMs = 5 * minuteMs;
/** After this a mail that no server takes is given up. */
const patienceMs = 3 * dayMs;
/** So long a mail waits whose key can't be had. */
const keylessMs = 5 * minuteMs;
/** What went out is forgotten after so long: all but its way to end the notices, while there are any. */
const keptMs = 30 * dayMs;

/** How long after so many tries the next one is: one minute first, six hours at most. */
const pauseMs = (tries: number): number => Math.min(2 ** Math.min(tries, 10) * minuteMs, 360 * minuteMs);

export interface NewMail {
  /** To whom; of a patient with their fields, since a transaction waits for no keystore. */
  readonly to:
    | { readonly patientId: PatientId; readonly own: OwnFields }
    | { readonly staffInvitationId: StaffId }
    | { readonly staffId: StaffId };
  readonly kind: MailKind;
  readonly message: MailMessage;
  readonly stopHash: Uint8Array | null;
  readonly dueAt: Date;
}

/**
 * Puts a mail among those that are to go out, with the transaction. Where one about openings waits for the same patient
 * already, that one tells of it, as soon as the sooner of both is due.
 *
 * @throws PatientErased, FieldKeyLost
 */
export async function queueMail(
  { fields, now }: Pick<ClinicContext, 'fields' | 'now'>,
  transaction: Database | Transaction,
  { message: words, to, ...mail }: NewMail,
): Promise<void> {
  const id = newId(mailId);
  const [place, text] = [messagePlace(id), JSON.stringify(words)];
  const [sealer, receiver] = 'own' in to ? [to.own, { patientId: to.patientId }] : [fields, to];
  await transaction
    .insert(mailTable)
    .values({
      ...mail,
      ...receiver,
      id,
      madeAt: now(),
      messageSealed: await sealer.seal(place, text),
    })
    .onConflictDoUpdate({
      target: mailTable.patientId,
      targetWhere: sql`kind = 'opened' and sent_at is null and given_up_at is null`,
      set: { dueAt: sql`least(${mailTable.dueAt}, excluded.due_at)` },
    });
}

/** What became of sending what was due. */
export interface SentMail {
  readonly sent: number;
  readonly postponed: number;
  readonly givenUp: number;
  /** Given up because nobody can open it: damaged, or sealed with a key that isn't the clinic's any more. */
  readonly unreadable: number;
}

/** Null for a message that never opens again. @throws FieldKeysUnavailable, FieldKeyLost for one that may open later */
async function openMessage(
  { fields, patientFields }: Pick<ClinicContext, 'fields' | 'patientFields'>,
  { id, patientId, messageSealed }: Pick<typeof mailTable.$inferSelect, 'id' | 'patientId' | 'messageSealed'>,
): Promise<MailMessage | null> {
  if (messageSealed === null) return null;
  try {
    const place = messagePlace(id);
    const text =
      patientId === null
        ? await fields.open(place, messageSealed)
        : await patientFields.open(patientId, place, messageSealed);
    return text === null ? null : message.parse(JSON.parse(text));
  } catch (fault) {
    if (fault instanceof FieldKeysUnavailable || isOfOneKey(fault)) throw fault;
    return null;
  }
}

/** `keyless`: its patient's key can't be had now; `keystoreAway`: nor can any. */
type Outcome = SendOutcome | 'unreadable' | 'keyless' | 'keystoreAway';

async function sendOne(
  context: QueueContext,
  transport: MailTransport,
  due: typeof mailTable.$inferSelect,
): Promise<Outcome> {
  try {
    const words = await openMessage(context, due);
    return words === null ? 'unreadable' : await transport.send(due.id, words);
  } catch (fault) {
    if (isOfOneKey(fault)) return 'keyless';
    if (fault instanceof FieldKeysUnavailable) return 'keystoreAway';
    throw fault;
  }
}

/**
 * Sends what is due, one after the other, until the server can't be reached; what can't be sent now is tried again later. Without
 * the keystore it sends what needs none. A crash, or an opening that is heard of meanwhile, may send one twice.
 */
export async function sendDueMail(context: QueueContext, transport: MailTransport): Promise<SentMail> {
  const counts = { sent: 0, postponed: 0, givenUp: await dropUseless(context), unreadable: 0 };
  let isReachable = true;
  let hasKeystore = true;
  while (isReachable) {
    const due = await claimOne(context, hasKeystore);
    if (due === null) break;
    const outcome = await sendOne(context, transport, due);
    // It would be the first one again, and nobody after it would get any.
    isReachable = outcome !== 'unreachable';
    hasKeystore &&= outcome !== 'keystoreAway';
    counts[await settle(context, transport, due, outcome)] += 1;
  }
  await forgetOld(context);
  return counts;
}

/** What became useless before it went out goes out no more. */
async function dropUseless(context: QueueContext): Promise<number> {
  const at = context.now();
  const dropped = await context.database
    .update(mailTable)
    .set({ givenUpAt: at, messageSealed: null })
    .where(and(isOurs(context), isNull(mailTable.sentAt), isNull(mailTable.givenUpAt), isUseless(context, at)))
    .returning({ id: mailTable.id });
  return dropped.length;
}

async function forgetOld(context: QueueContext): Promise<void> {
  const { database, now } = context;
  const isOld = and(isOurs(context), lt(mailTable.madeAt, new Date(now().getTime() - keptMs)));
  const isTold = database
    .select({ patientId: patientNoticeTable.patientId })
    .from(patientNoticeTable)
    .where(and(eq(patientNoticeTable.patientId, mailTable.patientId), isNotNull(patientNoticeTable.confirmedAt)));
  await database.delete(mailTable).where(and(isOld, or(isNull(mailTable.stopHash), notExists(isTold))));
  await database
    .update(mailTable)
    .set({ messageSealed: null })
    .where(and(isOld, isNotNull(mailTable.messageSealed)));
}

/** A mail that is due, put off until `dueAt` for everybody else: none of its rows is locked while a server is waited for. */
const claimOne = (context: QueueContext, hasKeystore: boolean): Promise<typeof mailTable.$inferSelect | null> =>
  context.database.transaction(async (transaction) => {
    const at = context.now();
    const [due] = await transaction
      .select()
      .from(mailTable)
      .where(
        and(
          ...[isOurs(context), isNull(mailTable.sentAt), isNull(mailTable.givenUpAt), lte(mailTable.dueAt, at)],
          hasKeystore ? undefined : isNull(mailTable.patientId),
          // What became so since `dropUseless`; null for mail to patients.
          or(isNull(mailTable.staffInvitationId), not(isUseless(context, at))),
        ),
      )
      .orderBy(asc(mailTable.dueAt))
      .limit(1)
      // Another process sends another one.
      .for('update', { skipLocked: true });
    if (due === undefined) return null;
    const dueAt = new Date(at.getTime() + claimMs);
    await transaction.update(mailTable).set({ dueAt }).where(eq(mailTable.id, due.id));
    return { ...due, dueAt };
  });

async function settle(
  { database, now }: QueueContext,
  { keepsMessages }: MailTransport,
  { id, dueAt, madeAt, tries }: typeof mailTable.$inferSelect,
  outcome: Outcome,
): Promise<keyof SentMail> {
  const at = now();
  const change = (set: Partial<typeof mailTable.$inferInsert>) =>
    // Not where it was made due sooner meanwhile, by something that it doesn't tell of yet: that one goes out too.
    database
      .update(mailTable)
      .set(set)
      .where(and(eq(mailTable.id, id), eq(mailTable.dueAt, dueAt)));
  if (outcome === 'sent') {
    await change({ sentAt: at, ...(keepsMessages ? {} : { messageSealed: null }) });
    return 'sent';
  }
  if (outcome === 'keyless' || outcome === 'keystoreAway') {
    // No try, and nothing that a mail is given up for.
    await change({ dueAt: new Date(at.getTime() + keylessMs) });
    return 'postponed';
  }
  // One that waited for its key all the time has been tried by no server yet.
  const isTooOld = tries > 0 && at.getTime() - madeAt.getTime() > patienceMs;
  if (outcome === 'unreadable' || outcome === 'refused' || isTooOld) {
    await change({ givenUpAt: at, messageSealed: null });
    return outcome === 'unreadable' ? 'unreadable' : 'givenUp';
  }
  await change({ tries: tries + 1, dueAt: new Date(at.getTime() + pauseMs(tries)) });
  return 'postponed';
}

/** What would have been sent, newest first: of a transport that keeps it. */
export async function readOutbox(context: Omit<QueueContext, 'now'>): Promise<Outbox> {
  const rows = await context.database
    .select()
    .from(mailTable)
    .where(and(isOurs(context), isNotNull(mailTable.sentAt), isNotNull(mailTable.messageSealed)))
    .orderBy(desc(mailTable.sentAt))
    .limit(maxOutboxRead);
  const messages = await Promise.all(
    rows.map(async (row) => {
      const { kind, sentAt } = row;
      const words = await openMessage(context, row).catch((fault: unknown) => {
        if (isOfOneKey(fault)) return null;
        throw fault;
      });
      if (sentAt === null || words === null) return [];
      return [{ ...words, kind, at: sentAt.toISOString() }];
    }),
  );
  return { messages: messages.flat() };
}
