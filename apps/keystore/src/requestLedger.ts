import type { EntryDraft } from '@sotto/audit';
import type { ObjectId, PatientId } from '@sotto/protocol/ids';
import type { CredentialId, Nonce, RequestId } from '@sotto/protocol/keystore';
import type { Database, Transaction } from '@sotto/service/postgres';
import { and, eq, inArray, isNull, lt, or, sql } from 'drizzle-orm';
import { type Bytes, toBase64url } from './bytes.ts';
import { takeRecordingTurn } from './database/recordingTurn.ts';
import { credentialTable, patientCredentialTable, requestTable } from './database/schema.ts';
import { DefectError, LogStopped } from './errors.ts';
import { gather } from './gathering.ts';
import type { NonceHolder, Subject } from './ids.ts';
import { restrictedAmong } from './keys/restricted.ts';
import type { AccessLog } from './log/accessLog.ts';
import { useNonces } from './nonces.ts';
import { keepNotices, type Notice } from './notices.ts';
import { isSigned, type StatementSigner } from './statement.ts';

/** How a request came out: for good. */
export interface RecordedRequest {
  readonly id: RequestId;
  readonly hash: Bytes;
  readonly subject: Subject;
  /** Null if it was allowed, else why not. */
  readonly refusal: string | null;
  /** Place of its first entry in the log; the others follow. */
  readonly firstIndex: number;
  readonly recordedAt: Date;
}

/** A decision that is to be recorded, before anything comes of it. */
export interface Decision {
  readonly id: RequestId;
  readonly hash: Bytes;
  readonly subject: Subject;
  readonly nonce: Nonce;
  /** The passkeys that signed, with their new counters; none if a signature wasn't valid. */
  readonly signedBy: readonly SignedBy[];
  /** Null if it is allowed. */
  readonly refusal: string | null;
  readonly at: Date;
  /** What it would release: `restricted`, if one of them is by now. */
  readonly releases?: readonly { readonly object: ObjectId; readonly pseudonym: PatientId }[];
  /** The entries, for the outcome that it comes to: a nonce may be gone by then. At least one. */
  entries(refusal: string | null): readonly EntryDraft[];
  /** What officers are to be told, for the outcome that it comes to. @param firstIndex place of the first entry */
  notices(refusal: string | null, firstIndex: number): readonly Notice[];
  /**
   * What changes with the record, or depends on all that was recorded before, and only if it is allowed: such decisions are
   * written one by one. @returns why it can't be, having changed nothing
   */
  apply?(transaction: Transaction): Promise<string | null>;
}

export interface SignedBy {
  readonly of: 'clinician' | 'patient';
  readonly credential: CredentialId;
  readonly counter: number;
}

export interface LedgerPorts {
  readonly database: Database;
  readonly log: Pick<AccessLog, 'append'>;
  readonly statements: StatementSigner;
}

interface Waiting {
  readonly decision: Decision;
  readonly resolve: (recorded: RecordedRequest) => void;
  readonly reject: (fault: unknown) => void;
}

/** Decisions in one transaction: 64 entries each at most, of 1,024 that the log takes at once. */
const maxBatch = 16;

/**
 * Records decisions (SPEC.md section 5, step 5): nonce, counter, entries and outcome in one transaction, all or
 * nothing. What arrives while one is being written goes into the next together.
 */
export class RequestLedger {
  readonly #database: Database;
  readonly #log: Pick<AccessLog, 'append'>;
  readonly #statements: StatementSigner;
  readonly #queue: Waiting[] = [];
  #isWriting = false;
  readonly #find: (id: RequestId) => Promise<typeof requestTable.$inferSelect | null>;

  constructor({ database, log, statements }: LedgerPorts) {
    this.#database = database;
    this.#log = log;
    this.#statements = statements;
    this.#find = gather(async (ids: readonly RequestId[]) => {
      const rows = await database
        .select()
        .from(requestTable)
        .where(inArray(requestTable.id, [...ids]));
      return ids.map((own) => rows.find(({ id }) => id === own) ?? null);
    });
  }

  /**
   * What was recorded under this id; null if nothing was.
   *
   * @throws LogStopped `damaged` if the keystore didn't sign that record
   */
  async find(id: RequestId): Promise<RecordedRequest | null> {
    const row = await this.#find(id);
    return row ? this.#recordedOf(row) : null;
  }

  #recordedOf({ signature, outcome, reason, ...row }: typeof requestTable.$inferSelect): RecordedRequest {
    const recorded = { ...row, refusal: outcome === 'allowed' ? null : (reason ?? '') };
    const isOurs = isSigned(this.#statements.publicKey, { payload: payloadOf(recorded), signature });
    if (!isOurs) throw new LogStopped('damaged');
    return recorded;
  }

  /**
   * Resolves once the decision is durable. The outcome may be another than the one decided: the nonce was used up
   * meanwhile, the passkey revoked, or the id recorded before (then it is that record, which the caller compares).
   *
   * @throws the driver's error if it can't be recorded: then nothing may come of it
   */
  record(decision: Decision): Promise<RecordedRequest> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ decision, resolve, reject });
      if (!this.#isWriting) void this.#write();
    });
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    for (let batch = this.#next(); batch.length > 0; batch = this.#next()) {
      try {
        const recorded = await this.#recordAll(batch.map(({ decision }) => decision));
        for (const { decision, resolve, reject } of batch) {
          const own = recorded.get(decision.id);
          if (own) resolve(own);
          else reject(new DefectError('not recorded'));
        }
      } catch (fault) {
        if (batch.length === 1) batch[0]?.reject(fault);
        // One that can't be written must not take its neighbours with it.
        else for (const waiting of batch) await this.#writeAlone(waiting);
      }
    }
    this.#isWriting = false;
  }

  /** What is written together: those before the next one that is written alone, or that one. */
  #next(): Waiting[] {
    const alone = this.#queue.findIndex(({ decision }) => decision.apply !== undefined);
    return this.#queue.splice(0, alone === -1 ? maxBatch : Math.min(maxBatch, Math.max(alone, 1)));
  }

  async #writeAlone({ decision, resolve, reject }: Waiting): Promise<void> {
    try {
      const own = (await this.#recordAll([decision])).get(decision.id);
      if (own) resolve(own);
      else reject(new DefectError('not recorded'));
    } catch (fault) {
      reject(fault);
    }
  }

  #recordAll(decisions: readonly Decision[]): Promise<Map<RequestId, RecordedRequest>> {
    return this.#database.transaction(async (transaction) => {
      await takeRecordingTurn(transaction);
      const ids = decisions.map(({ id }) => id);
      const known = await transaction.select().from(requestTable).where(inArray(requestTable.id, ids));
      const recorded = new Map(known.map((row) => [row.id, this.#recordedOf(row)]));
      // The same request twice in one batch is one.
      const fresh = new Map<RequestId, Decision>();
      for (const decision of decisions) {
        if (!recorded.has(decision.id) && !fresh.has(decision.id)) fresh.set(decision.id, decision);
      }
      for (const row of await this.#recordFresh(transaction, [...fresh.values()])) recorded.set(row.id, row);
      return recorded;
    });
  }

  async #restricted(transaction: Transaction, decisions: readonly Decision[]): Promise<ReadonlySet<ObjectId>> {
    const objects = decisions.flatMap(({ refusal, releases }) => (refusal === null ? (releases ?? []) : []));
    return (await restrictedAmong(transaction, this.#statements, objects)).now;
  }

  async #recordFresh(transaction: Transaction, decisions: readonly Decision[]): Promise<RecordedRequest[]> {
    const [first] = decisions;
    if (!first) return [];
    const nonces = decisions.map(({ nonce }) => nonce);
    const used = new Map(await useNonces(transaction, nonces, first.at));
    const settled: { decision: Decision; refusal: string | null }[] = [];
    const moved = await moveCounters(transaction, decisions);
    const restricted = await this.#restricted(transaction, decisions);
    for (const decision of decisions) {
      const refusal = await settle(transaction, decision, used, moved);
      const isClosed = decision.releases?.some(({ object }) => restricted.has(object)) ?? false;
      settled.push({ decision, refusal: refusal === null && isClosed ? 'restricted' : refusal });
    }

    const drafts = settled.map(({ decision, refusal }) => decision.entries(refusal));
    let index = await this.#log.append(transaction, drafts.flat());
    const recorded = settled.map(({ decision: { id, hash, subject, at }, refusal }, position) => {
      const firstIndex = index;
      index += drafts[position]?.length ?? 0;
      return { id, hash, subject, refusal, firstIndex, recordedAt: at };
    });
    const told = recorded.flatMap(({ refusal, firstIndex }, position) =>
      settled[position] ? settled[position].decision.notices(refusal, firstIndex) : [],
    );
    await keepNotices(transaction, told);
    await transaction.insert(requestTable).values(
      recorded.map((each) => ({
        ...each,
        outcome: each.refusal === null ? ('allowed' as const) : ('refused' as const),
        reason: each.refusal,
        signature: this.#statements.sign(payloadOf(each)).signature,
      })),
    );
    return recorded;
  }
}

/** What a decision comes to, now that nobody else can use its nonce or its counters. */
async function settle(
  transaction: Transaction,
  decision: Decision,
  used: Map<Nonce, NonceHolder>,
  moved: ReadonlySet<SignedBy>,
): Promise<string | null> {
  const isOwn = used.get(decision.nonce) === decision.subject;
  used.delete(decision.nonce);
  let isCurrent = true;
  for (const signer of decision.signedBy) {
    isCurrent = (moved.has(signer) || (await moveCounter(transaction, signer))) && isCurrent;
  }
  if (decision.refusal !== null) return decision.refusal;
  if (!isOwn) return 'nonce';
  if (!isCurrent) return 'assertion';
  return (await decision.apply?.(transaction)) ?? null;
}

/**
 * Moves counters of several releases by one statement: of clinicians' passkeys that sign once, or don't count at all.
 * The others move one after the other, in their turn.
 *
 * @returns those that were moved
 */
async function moveCounters(transaction: Transaction, decisions: readonly Decision[]): Promise<ReadonlySet<SignedBy>> {
  if (decisions.length < 2) return new Set();
  const bySigner = Map.groupBy(
    decisions.flatMap(({ signedBy }) => signedBy).filter(({ of }) => of === 'clinician'),
    ({ credential }) => credential,
  );
  const alone = [...bySigner.values()].filter(
    (uses) => uses.length === 1 || uses.every(({ counter }) => counter === 0),
  );
  const rows = alone.flatMap(([first]) => first ?? []);
  if (rows.length === 0) return new Set();
  const { rows: moved } = await transaction.execute<{ credential: string }>(sql`
    update keystore.credential own set counter = given.counter
      from unnest(${sql.param(rows.map(({ credential }) => credential))}::text[],
                  ${sql.param(rows.map(({ counter }) => counter))}::bigint[]) as given (credential, counter)
     where own.credential = given.credential and own.revoked_at is null
       and (own.counter < given.counter or (given.counter = 0 and own.counter = 0))
    returning own.credential`);
  const isMoved = new Set(moved.map(({ credential }) => credential));
  return new Set(alone.flat().filter(({ credential }) => isMoved.has(credential)));
}

/** @returns false if the passkey was revoked meanwhile, or another assertion of it was counted first */
export async function moveCounter(transaction: Transaction, { of, credential, counter }: SignedBy): Promise<boolean> {
  const table = of === 'clinician' ? credentialTable : patientCredentialTable;
  const standsStill = counter === 0 ? eq(table.counter, 0) : undefined;
  const moved = await transaction
    .update(table)
    .set({ counter })
    .where(and(eq(table.credential, credential), isNull(table.revokedAt), or(lt(table.counter, counter), standsStill)))
    .returning({ credential: table.credential });
  return moved.length === 1;
}

/** What the keystore signs of a record: all of it. */
const payloadOf = ({ id, hash, subject, refusal, firstIndex, recordedAt }: RecordedRequest) => ({
  type: 'sotto/request/v1' as const,
  ...{ id, hash: toBase64url(hash), subject, refusal, firstIndex, recordedAt: recordedAt.toISOString() },
});

/** Whether a record is of this very request. */
export const isSameRequest = (recorded: RecordedRequest, hash: Bytes): boolean =>
  toBase64url(recorded.hash) === toBase64url(hash);
