import type { SFrameKey } from './sframeKey.ts';

/** How long after a join the members still seal with the old epoch's key, so that all have the new one. */
export const joinDelayMs = 250;
/** An epoch older than this isn't sealed with any more: a server may be withholding a removal. */
const epochLimitMs = 6 * 60_000;
/** How long a removal may stay unconfirmed before sealing stops. */
const removalLimitMs = 3_000;

/** The key that one's own frames are sealed with, and its counter: one for all tracks, never set back. */
export class SealingKey {
  readonly key: SFrameKey;
  #counter = 0;

  constructor(key: SFrameKey) {
    this.key = key;
  }

  /** @returns the next counter, never the same twice: beyond 2^53 - 1 it's none that `SFrameCipher.encrypt` takes */
  next(): number {
    const counter = this.#counter;
    this.#counter += 1;
    return counter;
  }
}

export type SealingState =
  | { tag: 'sealing'; key: SealingKey }
  | { tag: 'stopped'; reason: 'noGroup' | 'epochTooOld' | 'credentialExpired' | 'removalPending' | 'removed' };

/** Decides what is sealed with, or that nothing may be. Times are ms of one clock each: monotonic, or Unix. */
export class SealingSchedule {
  #current: SealingKey | null = null;
  #next: { key: SealingKey; at: number } | null = null;
  #epochSince = 0;
  #credentialsUntil = 0;
  #removalSince: number | null = null;
  #removed = false;

  /**
   * A new epoch was adopted.
   *
   * @param at when to switch to its key (monotonic ms); at once if nothing is sealed with yet
   * @param credentialsUntil when the first credential of the group expires (Unix ms)
   */
  adopt(key: SealingKey, now: number, at: number, credentialsUntil: number): void {
    this.#epochSince = now;
    this.#credentialsUntil = credentialsUntil;
    this.#removed = false;
    if (this.#current === null || at <= now) {
      this.#current = key;
      this.#next = null;
    } else {
      this.#next = { key, at };
    }
  }

  /** Somebody is to go, by this member's wish; the wait for it begins. */
  removalRequested(now: number): void {
    this.#removalSince ??= now;
  }

  /** Whoever was to go is gone, or may stay. */
  removalsSettled(): void {
    this.#removalSince = null;
  }

  /** The group is left or lost. */
  stop(reason: 'noGroup' | 'removed'): void {
    this.#current = null;
    this.#next = null;
    this.#removalSince = null;
    this.#removed = reason === 'removed';
  }

  state(now: number, unixNow: number): SealingState {
    if (this.#next !== null && now >= this.#next.at) {
      this.#current = this.#next.key;
      this.#next = null;
    }
    if (this.#current === null) return { tag: 'stopped', reason: this.#removed ? 'removed' : 'noGroup' };
    if (now - this.#epochSince > epochLimitMs) return { tag: 'stopped', reason: 'epochTooOld' };
    if (unixNow >= this.#credentialsUntil) return { tag: 'stopped', reason: 'credentialExpired' };
    if (this.#removalSince !== null && now - this.#removalSince > removalLimitMs) {
      return { tag: 'stopped', reason: 'removalPending' };
    }
    return { tag: 'sealing', key: this.#current };
  }

  /** Ms since the epoch was adopted; null without a group. */
  epochAge(now: number): number | null {
    return this.#current === null ? null : Math.max(0, Math.round(now - this.#epochSince));
  }
}
