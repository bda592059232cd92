import type { EntryDraft } from '@sotto/audit';
import type { Result } from '@sotto/protocol/result';
import type { Transaction } from '@sotto/service/postgres';
import { UnrecordedActError } from '../errors.ts';
import { type Act, type Actor, draftOf } from './act.ts';
import type { Asked } from './asked.ts';
import type { PlatformLog } from './platformLog.ts';
import type { RecentReadings } from './recentReadings.ts';

/** What every request records with. */
export interface RecordingPorts {
  readonly log: PlatformLog;
  readonly readings: RecentReadings;
  readonly now: () => Date;
}

/** Records what one request does. */
export class RequestRecorder {
  readonly #ports: RecordingPorts;
  readonly #recorded: Asked['recorded'];
  #actor: Actor;
  #act: Act;
  /** Entries of this request that are in the log. */
  #count = 0;
  #isDenied = false;

  constructor(ports: RecordingPorts, { recorded, actor, act }: Asked) {
    this.#ports = ports;
    this.#recorded = recorded;
    this.#actor = actor;
    this.#act = act;
  }

  /** Says more of the act, which only who carries it out knows. */
  about(more: Partial<Act>): void {
    this.#act = { ...this.#act, ...more };
  }

  /** Says who acts, once that is known. */
  by(actor: Pick<Actor, 'actor' | 'role' | 'session'>): void {
    this.#actor = { ...this.#actor, ...actor };
  }

  /** Says that the policies refuse it since it isn't theirs who asks. */
  deny(): void {
    this.#isDenied = true;
  }

  #entry(outcome: EntryDraft['outcome']): EntryDraft {
    return draftOf(this.#ports.now(), this.#actor, this.#act, outcome);
  }

  /**
   * Does something with the clinic's records and records it, both or neither; what is refused changes nothing, and is
   * recorded with the answer (`settle`).
   *
   * @param act on the transaction that it is given, and on no other connection
   * @param describe says more of the act by what came of it
   * @throws AuditStoreError if it can't be recorded: then nothing was done
   */
  async inOne<T>(
    act: (database: Transaction) => Promise<Result<T>>,
    describe: (value: T) => Partial<Act> = () => ({}),
  ): Promise<Result<T>> {
    const result = await this.#ports.log.act<Result<T>>(async (transaction) => {
      const value = await act(transaction);
      if (!value.ok) return { value, entries: [] };
      this.about(describe(value.value));
      return { value, entries: [this.#entry('allowed')] };
    });
    if (result.ok) this.#count += 1;
    return result;
  }

  /** Records at once that nobody is let do it, where the answer doesn't say so by its status. */
  async refuse(): Promise<void> {
    await this.#record(this.#entry('refused'));
  }

  /** Records at once what is about to be shown. @param session what the entry has in its session's place @returns its place */
  record(session: string): Promise<number> {
    return this.#record({ ...this.#entry('allowed'), session });
  }

  async #record(entry: EntryDraft): Promise<number> {
    const place = await this.#ports.log.record([entry]);
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
    const entry = this.#entry('allowed');
    if (this.#recorded === 'again' && this.#ports.readings.has(entry)) return;
    await this.#record(entry);
    if (this.#recorded === 'again') this.#ports.readings.add(entry);
  }

  async #settleRefusal(status: number): Promise<void> {
    // Nothing was kept from anybody: no shape, no such place, or too fast, of which others are in the log.
    if (status === 400 || status === 416 || status === 429) return;
    await this.#ports.log.record([this.#entry(status >= 500 ? 'failed' : 'refused')], this.#isDenied);
  }
}
