import type { ErrorCode } from '@sotto/protocol/errors';

/** Why an event or a connection was refused. */
export type Refusal = ErrorCode | 'unknownEvent' | 'noAcknowledgement' | 'wrongOrigin';

/** Counts refusals by kind, to be logged now and then instead of one line each. */
export class Tally {
  #counts = new Map<Refusal, number>();

  add(refusal: Refusal): void {
    this.#counts.set(refusal, (this.#counts.get(refusal) ?? 0) + 1);
  }

  count(refusal: Refusal): number {
    return this.#counts.get(refusal) ?? 0;
  }

  /** What has been counted since the last time, by kind. */
  take(): readonly { reason: Refusal; count: number }[] {
    const taken = [...this.#counts].map(([reason, count]) => ({ reason, count }));
    this.#counts = new Map();
    return taken;
  }
}
