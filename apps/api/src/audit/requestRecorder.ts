import type { EntryDraft } from '@sotto/audit';
import { accepted, type Result } from '@sotto/protocol/result';
import type { Transaction } from '@sotto/service/postgres';
import type { AttemptLimits } from '../attemptLimit.ts';
import { UnrecordedActError } from '../errors.ts';
import { type Act, type Actor, draftOf } from './act.ts';
import type { Asked } from './asked.ts';
import type { PlatformLog } from './platformLog.ts';
import type { RecentReadings } from './recentReadings.ts';

/** What every request records with. */
export interface RecordingPorts {
  readonly log: PlatformLog;
  readonly readings: RecentReadings;
  readonly limits: Pick<AttemptLimits, 'changes'>;
  readonly now: () => Date;
}

type Refusal = Extract<Result<never>, { ok: false }>;

/** Ends a transaction in which something was refused, and keeps nothing of it. */
class Undone extends Error {
  override readonly name = 'Undone';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.code);
    this.refusal = refusal;
  }
}

/** What becomes of what an act wrote before it was refused. */
export type WhenRefused = 'undo' | 'keep';

/** Records what one request does. */
export class RequestRecorder {
  readonly #ports: RecordingPorts;
  readonly #recorded: Asked['recorded'];
  readonly #page: Asked['page'];
  #actor: Actor;
  #act: Act;
  /** Entries of this request that are in the log. */
  #count = 0;
  #isDenied = false;

  constructor(ports: RecordingPorts, { recorded, page, actor, act }: Asked) {
    this.#ports = ports;
    this.#recorded = recorded;
    this.#page = page;
    this.#actor = actor;
    this.#act = act;
  }

  /** Of which patient, as far as that is known. */
  get patient(): Act['patient'] {
    return this.#act.patient;
  }

  /** What the policies decided about: in which session and as whom, to what, of which patient. */
  get decided(): Pick<Actor, 'role' | 'session'> & Pick<Act, 'resource' | 'patient'> {
    const [{ role, session }, { resource, patient }] = [this.#actor, this.#act];
    return { role, session, resource, patient };
  }

  /** Says more of the act, which only who carries it out knows. */
  about(more: Partial<Act>): void {
    this.#act = { ...this.#act, ...more };
  }

  /** Says who acts, once that is known. */
  by(actor: Pick<Actor, 'actor' | 'role' | 'session'>): void {
    this.#actor = { ...this.#actor, ...actor };
  }

  /** Counts a change. Who isn't known yet is counted by their address, where they come in. */
  async takeChange(): Promise<Result<undefined>> {
    const { actor } = this.#actor;
    return actor === 'nobody' ? accepted(undefined) : this.#ports.limits.changes.take(actor);
  }

  /** Says that the policies refuse it since it isn't theirs who asks. */
  deny(): void {
    this.#isDenied = true;
  }

  #entry(outcome: EntryDraft['outcome']): EntryDraft {
    const entry = draftOf(this.#ports.now(), this.#actor, this.#act, outcome);
    // Strangers write it as they like, and it is kept for years.
    return entry.actor === 'nobody' ? { ...entry, userAgent: null } : entry;
  }

  /**
   * Does something with the clinic's records and records it, both or neither; what is refused changes nothing, unless it is to
   * be kept, and is recorded with the answer (`settle`).
   *
   * @param act on the transaction that it is given, and on no other connection
   * @param describe says more of the act by what came of it
   * @throws AuditStoreError if it can't be recorded: then nothing was done
   */
  async inOne<T>(
    act: (database: Transaction) => Promise<Result<T>>,
    describe: (value: T) => Partial<Act> = () => ({}),
    whenRefused: WhenRefused = 'undo',
  ): Promise<Result<T>> {
    const acted = this.#ports.log.act<Result<T>>(async (transaction) => {
      const value = await act(transaction);
      if (!value.ok && whenRefused === 'undo') throw new Undone(value);
      if (!value.ok) return { value, entries: [] };
      this.about(describe(value.value));
      return { value, entries: [this.#entry('allowed')] };
    });
    const result = await acted.catch((fault: unknown) => {
      if (fault instanceof Undone) return fault.refusal;
      throw fault;
    });
    if (result.ok) this.#count += 1;
    return result;
  }

  /** Records at once that nobody is let do it, where the answer doesn't say so by its status. */
  async refuse(): Promise<void> {
    await this.#record(this.#entry('refused'));
  }

  /** Records at once what is about to be shown. @returns the entry's place */
  record(): Promise<number> {
    return this.#record(this.#entry('allowed'));
  }

  async #record(entry: EntryDraft): Promise<number> {
    const place = await this.#ports.log.record([entry], this.#isDenied);
    this.#count += 1;
    return place;
  }

  /** Before the handler runs: what reaches another system is recorded first. */
  async begin(): Promise<void> {
    if (this.#recorded === 'before') await this.#record(this.#entry('allowed'));
  }

  /**
   * Before the answer goes out: what isn't recorded yet.
   *
   * @param status of the answer
   * @throws AuditStoreError if it can't be recorded: then the answer may not go out
   * @throws UnrecordedActError of an act that its handler didn't record
   */
  async settle(status: number): Promise<void> {
    if (status >= 400) return this.#settleRefusal(status);
    if (this.#count > 0 || typeof this.#recorded === 'object') return;
    if (this.#recorded === 'act') throw new UnrecordedActError(this.#act.action);
    await this.#recordAnswered(this.#entry('allowed'));
  }

  async #settleRefusal(status: number): Promise<void> {
    // Too many leave nothing, of which others are in the log; nor does what makes no sense of somebody who isn't known. But
    // where the log says already that it was allowed, it says that nothing came of it, whatever for.
    const isSilent = status === 429 || (status === 400 && this.#actor.actor === 'nobody');
    if (isSilent && this.#count === 0) return;
    await this.#recordAnswered(this.#entry(status >= 500 ? 'failed' : 'refused'));
  }

  /** Once in a while of what an open page asks for by itself, and is told the same. */
  async #recordAnswered(entry: EntryDraft): Promise<void> {
    const { readings } = this.#ports;
    if (this.#recorded === 'again' && readings.has(entry, this.#page)) return;
    await this.#record(entry);
    if (this.#recorded === 'again') readings.add(entry, this.#page);
  }
}
