import { randomInt } from 'node:crypto';
import type { PatientId } from '@sotto/protocol/ids';
import type { Openings } from '@sotto/protocol/keystoreRoutes';
import type { NoticeRequest, PatientNotices } from '@sotto/protocol/patientNotices';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { Transaction } from '@sotto/service/postgres';
import { and, eq, gt, inArray, isNotNull, isNull, lt, max, ne, sql } from 'drizzle-orm';
import { asPatient, type Tokens } from './caller.ts';
import type { ClinicContext } from './clinicContext.ts';
import { FieldKeyLost } from './errors.ts';
import { queueMail } from './mailQueue.ts';
import { wordsOf } from './mailWords.ts';
import { hashToken, newToken } from './opaqueToken.ts';
import type { OwnFields } from './patientFields.ts';
import { mailTable, patientNoticeTable, toldOpeningsTable } from './schema.ts';
import type { FieldPlace } from './sealedField.ts';

/** How long a code works, and how often somebody may be wrong. */
const codeLifeMs = 30 * 60_000;
const maxTries = 5;
/** So soon a mail tells of an opening, with what else is opened by then; */
const soonMs = 20_000;
/** but so long after the one before it. Where the glass was broken, at once. */
const gatherMs = 5 * 60_000;

type NoticeRow = typeof patientNoticeTable.$inferSelect;

export const addressPlace = (id: PatientId): FieldPlace => ({ table: 'patient_notice', column: 'address', row: id });

/** Of a code: with whose it is, so that one hash is no other patient's. */
const codeHash = (patient: PatientId, code: string) => hashToken(`${patient} ${code}`);

/** The first letter and the domain: whoever has the address knows it by that. */
export const hintOf = (address: string): string => address.replace(/^(.)[^@]*/u, '$1…');

async function findNotice(
  { database }: Pick<ClinicContext, 'database'>,
  patient: PatientId,
): Promise<NoticeRow | undefined> {
  const [row] = await database.select().from(patientNoticeTable).where(eq(patientNoticeTable.patientId, patient));
  return row;
}

/** Null for an address that doesn't open: damaged, or erased with the patient's keys. @throws FieldKeyLost */
async function openAddress(
  own: OwnFields,
  { patientId, addressSealed }: Pick<NoticeRow, 'patientId' | 'addressSealed'>,
): Promise<string | null> {
  try {
    return await own.open(addressPlace(patientId), addressSealed);
  } catch (fault) {
    if (fault instanceof FieldKeyLost) throw fault;
    return null;
  }
}

/** Null where the key is lost too: nobody can be written to there. */
const reachableAddress = (own: OwnFields, row: NoticeRow): Promise<string | null> =>
  openAddress(own, row).catch((fault: unknown) => {
    if (fault instanceof FieldKeyLost) return null;
    throw fault;
  });

/** Whether the patient of the visit's session is told of openings, and where. @param isSent whether mail leaves here at all */
export const readNotices = (
  context: ClinicContext,
  tokens: Tokens,
  isSent: PatientNotices['isSent'],
): Promise<Result<PatientNotices>> =>
  asPatient<PatientNotices>(context, tokens, async ({ subject: patient }) => {
    const row = await findNotice(context, patient);
    const off = accepted({ state: 'off' as const, hint: null, isSent });
    if (row === undefined) return off;
    if (row.confirmedAt === null && row.codeExpiresAt <= context.now()) return off;
    const address = await openAddress(await context.patientFields.of(patient), row);
    // Nobody is told there: they may name it again.
    if (address === null) return off;
    return accepted({ state: row.confirmedAt === null ? 'waits' : 'on', hint: hintOf(address), isSent });
  });

/** Sends a code to an address. Nothing else goes there before the code has come back. */
export const requestNotices = (
  context: ClinicContext,
  tokens: Tokens,
  { address, locale }: NoticeRequest,
): Promise<Result<undefined>> =>
  asPatient(context, tokens, async ({ subject: patientId }) => {
    const taken = await context.limits.noticeCodes.take(patientId);
    if (!taken.ok) return taken;
    const { database, patientFields, now, origin } = context;
    const code = String(randomInt(1_000_000)).padStart(6, '0');
    const own = await patientFields.of(patientId);
    const addressSealed = await own.seal(addressPlace(patientId), address);
    const row = {
      ...{ addressSealed, locale, codeTries: 0 },
      ...{
        codeHash: codeHash(patientId, code),
        codeExpiresAt: new Date(now().getTime() + codeLifeMs),
        confirmedAt: null,
      },
    };
    await database.transaction(async (transaction) => {
      await tellEnd(context, transaction, { patientId, own });
      await transaction
        .insert(patientNoticeTable)
        .values({ patientId, ...row })
        .onConflictDoUpdate({ target: patientNoticeTable.patientId, set: row });
      const message = { to: address, ...wordsOf('code', locale, { origin, code }) };
      await queueMail(context, transaction, {
        ...{ to: { patientId, own }, kind: 'code', message, stopHash: null, dueAt: now() },
      });
    });
    return accepted(undefined);
  });

/** Turns notices on, by the code that came to the address. `wrongState` when none waits, `forbidden` for another one. */
export const confirmNotices = (context: ClinicContext, tokens: Tokens, code: string): Promise<Result<undefined>> =>
  asPatient(context, tokens, async ({ subject: patientId }) => {
    const { database, now } = context;
    const isWaiting = and(
      eq(patientNoticeTable.patientId, patientId),
      isNull(patientNoticeTable.confirmedAt),
      gt(patientNoticeTable.codeExpiresAt, now()),
      lt(patientNoticeTable.codeTries, maxTries),
    );
    // Counted before it is compared: many at once are as many tries.
    const [tried] = await database
      .update(patientNoticeTable)
      .set({ codeTries: sql`${patientNoticeTable.codeTries} + 1` })
      .where(isWaiting)
      .returning();
    if (tried === undefined) return refused('wrongState');
    const given = Buffer.from(codeHash(patientId, code));
    if (tried.codeHash === null || !given.equals(Buffer.from(tried.codeHash))) return refused('forbidden');
    const confirmed = await database
      .update(patientNoticeTable)
      .set({ confirmedAt: now(), codeHash: null })
      // By this code, should another have been asked for meanwhile.
      .where(and(eq(patientNoticeTable.patientId, patientId), eq(patientNoticeTable.codeHash, tried.codeHash)))
      .returning({ patientId: patientNoticeTable.patientId });
    return confirmed.length === 1 ? accepted(undefined) : refused('wrongState');
  });

/** Turns notices off: whatever waits to go out doesn't. */
export const endNotices = (context: ClinicContext, tokens: Tokens): Promise<Result<undefined>> =>
  asPatient(context, tokens, async ({ subject: patientId }) => {
    const own = await context.patientFields.of(patientId);
    await context.database.transaction(async (transaction) => {
      await tellEnd(context, transaction, { patientId, own });
      await transaction.delete(patientNoticeTable).where(eq(patientNoticeTable.patientId, patientId));
    });
    return accepted(undefined);
  });

/**
 * Turns them off by a mail's own link, once.
 *
 * @returns whose they were; `notFound` for a link that was used, one of notices that were ended, and one that never was
 */
export async function endByMail({ database }: ClinicContext, secret: string): Promise<Result<PatientId>> {
  return database.transaction(async (transaction) => {
    const [mail] = await transaction
      .select({ patientId: mailTable.patientId })
      .from(mailTable)
      .where(eq(mailTable.stopHash, hashToken(secret)));
    const patient = mail?.patientId ?? null;
    if (patient === null) return refused('notFound');
    await forgetMail(transaction, patient);
    await transaction.delete(patientNoticeTable).where(eq(patientNoticeTable.patientId, patient));
    return accepted(patient);
  });
}

/** Nothing more goes out but what says so, and no link of before works any more. */
async function forgetMail(transaction: Transaction, patientId: PatientId): Promise<void> {
  const waiting = and(eq(mailTable.patientId, patientId), isNull(mailTable.sentAt), ne(mailTable.kind, 'ended'));
  await transaction.delete(mailTable).where(waiting);
  await transaction
    .update(mailTable)
    .set({ stopHash: null })
    .where(and(eq(mailTable.patientId, patientId), isNotNull(mailTable.stopHash)));
}

/** Tells an address that was confirmed that it is told of nothing any more: by whoever has the patient's session. */
async function tellEnd(
  context: ClinicContext,
  transaction: Transaction,
  { patientId, own }: { patientId: PatientId; own: OwnFields },
): Promise<void> {
  await forgetMail(transaction, patientId);
  const [row] = await transaction.select().from(patientNoticeTable).where(eq(patientNoticeTable.patientId, patientId));
  if (row === undefined || row.confirmedAt === null) return;
  const to = await reachableAddress(own, row);
  if (to === null) return;
  const message = { to, ...wordsOf('ended', row.locale, context) };
  await queueMail(context, transaction, {
    to: { patientId, own },
    kind: 'ended',
    message,
    stopHash: null,
    dueAt: context.now(),
  });
}

/** Up to where this clinic's patients were told; undefined before the first time. */
export async function toldThrough({ database }: Pick<ClinicContext, 'database'>): Promise<number | undefined> {
  const [row] = await database.select().from(toldOpeningsTable);
  return row?.through;
}

/** When a patient may be told of an opening that has just been heard of. */
async function dueOf(transaction: Transaction, patientId: PatientId, at: Date): Promise<Date> {
  const [last] = await transaction
    .select({ sentAt: max(mailTable.sentAt) })
    .from(mailTable)
    .where(and(eq(mailTable.patientId, patientId), eq(mailTable.kind, 'opened')));
  return new Date(Math.max(at.getTime() + soonMs, (last?.sentAt?.getTime() ?? 0) + gatherMs));
}

/** Of whom something was opened, and of whom in an emergency. */
function openedOf(openings: Openings['openings']): ReadonlyMap<PatientId, boolean> {
  const urgent = new Map<PatientId, boolean>();
  for (const { pseudonym, isBreakGlass } of openings) {
    urgent.set(pseudonym, isBreakGlass || (urgent.get(pseudonym) ?? false));
  }
  return urgent;
}

const isTold = (patients: readonly PatientId[]) =>
  and(inArray(patientNoticeTable.patientId, [...patients]), isNotNull(patientNoticeTable.confirmedAt));

/** The fields of those who wish to be told, all asked for at once. @throws FieldKeysUnavailable */
async function fieldsOfTold(
  { database, patientFields }: ClinicContext,
  patients: readonly PatientId[],
): Promise<ReadonlyMap<PatientId, OwnFields>> {
  const rows = await database
    .select({ patientId: patientNoticeTable.patientId })
    .from(patientNoticeTable)
    .where(isTold(patients));
  return new Map(
    await Promise.all(rows.map(async ({ patientId }) => [patientId, await patientFields.of(patientId)] as const)),
  );
}

/** @returns whether the patient can be told */
async function tellOpening(
  context: ClinicContext,
  transaction: Transaction,
  { row, own, isUrgent }: { row: NoticeRow; own: OwnFields; isUrgent: boolean },
): Promise<boolean> {
  const { now, origin } = context;
  const { patientId } = row;
  const to = await reachableAddress(own, row);
  if (to === null) return false;
  const stopSecret = newToken();
  const message = { to, ...wordsOf('opened', row.locale, { origin, stopSecret }) };
  const dueAt = isUrgent ? now() : await dueOf(transaction, patientId, now());
  await queueMail(context, transaction, {
    ...{ to: { patientId, own }, kind: 'opened', message, dueAt },
    stopHash: hashToken(stopSecret),
  });
  return true;
}

/**
 * Queues mail about openings to those who wish it, and notes how far the log was looked through, both or neither.
 *
 * @param after from where these openings were asked for; what somebody else has told meanwhile isn't told again
 * @returns how many mails were asked for, and of how many patients the address doesn't open: the others are told
 * @throws FieldKeysUnavailable: nothing was noted, and it is asked for again
 */
export async function tellOpenings(
  context: ClinicContext,
  after: number | undefined,
  { openings, through }: Openings,
): Promise<{ readonly told: number; readonly unreadable: number }> {
  const { clinicId, database } = context;
  const opened = openedOf(openings);
  // Keys before the transaction, which waits for no keystore. Who wishes it only since then wasn't to be told of these.
  const fields = await fieldsOfTold(context, [...opened.keys()]);
  return database.transaction(async (transaction) => {
    const moved =
      after === undefined
        ? await transaction.insert(toldOpeningsTable).values({ clinicId, through }).onConflictDoNothing().returning()
        : await transaction
            .update(toldOpeningsTable)
            .set({ through })
            .where(eq(toldOpeningsTable.through, after))
            .returning();
    if (moved.length === 0) return { told: 0, unreadable: 0 };
    const counts = { told: 0, unreadable: 0 };
    const rows = await transaction
      .select()
      .from(patientNoticeTable)
      .where(isTold([...fields.keys()]));
    for (const row of rows) {
      const own = fields.get(row.patientId);
      if (own === undefined) continue;
      const isUrgent = opened.get(row.patientId) === true;
      counts[(await tellOpening(context, transaction, { row, own, isUrgent })) ? 'told' : 'unreadable'] += 1;
    }
    return counts;
  });
}
