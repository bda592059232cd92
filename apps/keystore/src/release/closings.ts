import type { RequestId } from '@sotto/protocol/keystore';
import type { SignedClosing } from '@sotto/protocol/keystoreRoutes';
import type { Transaction } from '@sotto/service/postgres';
import { and, asc, eq, isNull, lt, not, sql } from 'drizzle-orm';
import { toBase64url } from '../bytes.ts';
import { takeRecordingTurn } from '../database/recordingTurn.ts';
import { closingTable } from '../database/schema.ts';
import { LogStopped } from '../errors.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { entryOf } from '../log/entry.ts';
import type { RecordedRequest, RequestLedger } from '../requestLedger.ts';
import { closingHash, type HeardClosing, hear, keptText, readKept } from './heardClosing.ts';
import { releasedEntries } from './releasedEntries.ts';

/** What wasn't heard of for so long is over: longer than a page keeps open what nobody plays or looks at. */
const silenceMs = 20 * 60_000;
/** How many are ended in one go, each in a transaction of its own. */
const sweepSize = 100;

/** `notFound`: no such release, or nothing that is open for a time: one that was refused, a copy. */
export type ClosingOutcome = 'told' | 'notFound' | 'assertion' | 'expired';

/**
 * For how long releases were open, as their viewers' browsers say (SPEC.md section 5.1): one entry for each entry of a
 * release, at most.
 */
export class Closings {
  readonly #context: KeystoreContext;
  readonly #requests: Pick<RequestLedger, 'find'>;

  constructor(context: KeystoreContext, requests: Pick<RequestLedger, 'find'>) {
    this.#context = context;
    this.#requests = requests;
  }

  /**
   * Takes what a browser says. Its end is logged, once: whatever is said after that changes nothing.
   *
   * @throws LogStopped or the driver's error: it wasn't taken, and may be said again
   */
  async tell(said: SignedClosing): Promise<ClosingOutcome> {
    const { clinic, now } = this.#context;
    const recorded = await this.#requests.find(said.request.id);
    const heard = hear(said, recorded, clinic, now());
    if (recorded === null || typeof heard === 'string') return typeof heard === 'string' ? heard : 'notFound';
    await this.#keep(recorded, heard);
    return 'told';
  }

  async #keep(recorded: RecordedRequest, heard: HeardClosing): Promise<void> {
    const { seconds, heardAt, told } = heard;
    const { isOver } = told.closing;
    const statement = keptText(heard, this.#context.statements);
    await this.#context.database.transaction(async (transaction) => {
      if (isOver) await takeRecordingTurn(transaction);
      const [kept] = await transaction
        .insert(closingTable)
        .values({ request: recorded.id, seconds, heardAt, statement })
        .onConflictDoUpdate({
          target: closingTable.request,
          set: { seconds, heardAt, statement },
          // What was overtaken on its way, and what is told already, says nothing new.
          setWhere: sql`${stillOpen} and ${closingTable.seconds} <= ${seconds}`,
        })
        .returning();
      if (!isOver) return;
      const row = kept ?? (await openOf(transaction, recorded.id));
      if (row === null) return;
      const last = readKept(row.statement, recorded, this.#context.clinic, this.#context.statements);
      await this.#log(transaction, recorded, last !== null && last.seconds > seconds ? last : heard, heardAt, true);
    });
  }

  /**
   * Ends what wasn't heard of for long: a tab that was killed, a device that never came back. Each by itself: what can't
   * be logged is set aside for good, and what fails is tried again the next time.
   *
   * @returns how many were logged, and how many never can be: their entries are erased, or the row isn't of this keystore
   * @throws the first fault, when the others have had their turn
   */
  async sweep(): Promise<{ readonly logged: number; readonly unloggable: number }> {
    const { database, now } = this.#context;
    const before = new Date(now().getTime() - silenceMs);
    const silent = await database
      .select({ request: closingTable.request })
      .from(closingTable)
      .where(and(stillOpen, lt(closingTable.heardAt, before)))
      .orderBy(asc(closingTable.heardAt))
      .limit(sweepSize);
    const count = { logged: 0, unloggable: 0 };
    const faults: unknown[] = [];
    for (const { request } of silent) {
      try {
        const outcome = await this.#end(request, before);
        if (outcome !== null) count[outcome] += 1;
      } catch (fault) {
        faults.push(fault);
      }
    }
    if (faults.length > 0) throw faults[0];
    return count;
  }

  /** Logs what was last heard of one; null if it was heard of meanwhile. */
  async #end(request: RequestId, before: Date): Promise<Logged | null> {
    const { database, clinic, statements, now } = this.#context;
    const recorded = await this.#recordOf(request);
    return database.transaction(async (transaction) => {
      await takeRecordingTurn(transaction);
      const row = await openOf(transaction, request);
      if (row === null || row.heardAt >= before) return null;
      const heard = recorded === null ? null : readKept(row.statement, recorded, clinic, statements);
      if (recorded !== null && heard !== null) return this.#log(transaction, recorded, heard, now(), false);
      return setAside(transaction, request);
    });
  }

  /** Null where the keystore didn't sign the record. */
  async #recordOf(request: RequestId): Promise<RecordedRequest | null> {
    try {
      return await this.#requests.find(request);
    } catch (fault) {
      if (fault instanceof LogStopped && fault.code === 'damaged') return null;
      throw fault;
    }
  }

  /** Of each entry of the release one more, by whom and about what that says. */
  async #log(
    transaction: Transaction,
    recorded: RecordedRequest,
    { seconds, told }: HeardClosing,
    at: Date,
    isEnd: boolean,
  ): Promise<Logged> {
    const openings = await releasedEntries(transaction, recorded, told.request);
    if (openings.length === 0) return setAside(transaction, recorded.id);
    const drafts = openings.map(({ actor, role, resource, patient }) =>
      entryOf(at, {
        ...{ actor, role, action: 'object.close', resource, patient, session: recorded.id },
        ...{ purpose: `open:${seconds}${isEnd ? '' : ':lost'}`, after: toBase64url(closingHash(told)) },
      }),
    );
    const entryIndex = await this.#context.log.append(transaction, drafts);
    await transaction.update(closingTable).set({ entryIndex }).where(eq(closingTable.request, recorded.id));
    return 'logged';
  }
}

type Logged = 'logged' | 'unloggable';

/** Neither logged nor set aside. */
const stillOpen = and(isNull(closingTable.entryIndex), not(closingTable.isUnloggable));

/** What is kept of a release; null if it is logged or set aside. */
async function openOf(transaction: Transaction, request: RequestId) {
  const [kept] = await transaction
    .select()
    .from(closingTable)
    .where(and(eq(closingTable.request, request), stillOpen));
  return kept ?? null;
}

/** Nothing can be logged of it, ever: it must not stand in the others' way. */
async function setAside(transaction: Transaction, request: RequestId): Promise<Logged> {
  await transaction.update(closingTable).set({ isUnloggable: true }).where(eq(closingTable.request, request));
  return 'unloggable';
}
