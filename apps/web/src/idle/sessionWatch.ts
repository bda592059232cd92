import { type IdleLock, reportSeconds } from '@sotto/protocol/clinic';
import * as z from 'zod';
import { type Clocks, IdleClock } from './idleClock.ts';

/** What the pages of a session tell each other: how long ago somebody did something in one, that one has locked, or was unlocked. */
export const lockWord = z.discriminatedUnion('tag', [
  z.strictObject({ tag: z.literal('active'), idleMs: z.number().min(0) }),
  z.strictObject({ tag: z.enum(['locked', 'unlocked']) }),
]);
export type LockWord = z.infer<typeof lockWord>;

export type LockStanding =
  | { readonly tag: 'open' | 'locked' }
  /** Seconds until it locks. */
  | { readonly tag: 'warning'; readonly left: number };

export interface WatchPorts {
  readonly clocks: Clocks;
  /** Tells the clinic how long ago somebody last did something here. Rejects where it isn't heard. */
  readonly report: (idleSeconds: number) => Promise<IdleLock>;
  /** Tells the other pages of this browser. */
  readonly tell: (word: LockWord) => void;
  /** The session isn't as this page knew it: it is to be asked for anew. */
  readonly onChanged: () => void;
}

/** A warning comes a minute before the lock, or where that comes soon, half-way. */
const warnMs = (afterMs: number): number => Math.min(60_000, afterMs / 2);

const same = (one: LockStanding, other: LockStanding): boolean =>
  one.tag === other.tag && (one.tag !== 'warning' || other.tag !== 'warning' || one.left === other.left);

/**
 * The idle lock of one session, as one page keeps it. The clinic locks by itself; the page is there to warn, to tell of somebody who
 * is there, and to cover what it shows. `look` is to be called every second, and when the page comes back.
 */
export class SessionWatch {
  readonly #ports: WatchPorts;
  readonly #afterMs: number;
  readonly #reportMs: number;
  readonly #clock: IdleClock;
  readonly #listeners = new Set<() => void>();
  #standing: LockStanding = { tag: 'open' };
  /** By the steady clock. */
  #reportedAt = Number.NEGATIVE_INFINITY;
  /** Somebody has done something since that was reported. */
  #hasNews = false;

  /** @param ageMs how long ago the clinic said how the session stands */
  constructor(ports: WatchPorts, { afterSeconds, idleSeconds, isLocked }: IdleLock, ageMs = 0) {
    this.#ports = ports;
    this.#afterMs = afterSeconds * 1000;
    this.#reportMs = reportSeconds(afterSeconds) * 1000;
    this.#clock = new IdleClock({ afterMs: this.#afterMs, warnMs: warnMs(this.#afterMs), clocks: ports.clocks });
    // That a page is loaded is nothing that somebody does.
    this.#clock.set(idleSeconds * 1000 + ageMs);
    if (isLocked) this.#standing = { tag: 'locked' };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly getSnapshot = (): LockStanding => this.#standing;

  /** A person did something. It tells the clinic at most once in `reportSeconds`. */
  readonly touch = (): void => {
    if (this.#standing.tag === 'locked') return;
    this.#clock.touch();
    this.#hasNews = true;
    this.look();
  };

  look(): void {
    if (this.#standing.tag === 'locked') return;
    const now = this.#clock.look();
    if (now.tag === 'idle') {
      this.#cover();
      this.#ports.tell({ tag: 'locked' });
      // Whoever reloads the page doesn't find it open.
      void this.#report();
      return;
    }
    this.#show(now.tag === 'warning' ? { tag: 'warning', left: Math.ceil(now.leftMs / 1000) } : { tag: 'open' });
    if (this.#hasNews && this.#ports.clocks.steady() - this.#reportedAt >= this.#reportMs) void this.#report();
  }

  /** How the session stands by the clinic's word. @param ageMs how long ago that was said */
  heard({ isLocked, idleSeconds }: IdleLock, ageMs = 0): void {
    const idleMs = idleSeconds * 1000 + ageMs;
    if (isLocked) this.#cover();
    else if (this.#standing.tag !== 'locked') this.#clock.heard(idleMs);
    else if (idleMs < this.#afterMs - this.#reportMs) {
      // Somebody is there after all, in another page; or has unlocked it.
      this.#clock.set(idleMs);
      this.#hasNews = false;
      this.#show({ tag: 'open' });
      return;
    }
    this.look();
  }

  /** Its holder has shown here who they are. */
  unlocked(): void {
    this.#ports.tell({ tag: 'unlocked' });
  }

  /** What another page of the session says. */
  told(word: LockWord): void {
    switch (word.tag) {
      case 'active': {
        const own = this.#clock.idleMs;
        this.#clock.heard(word.idleMs);
        // It has told the clinic of more than this page would.
        if (word.idleMs <= own) this.#hasNews = false;
        this.#reportedAt = this.#ports.clocks.steady();
        this.look();
        return;
      }
      case 'locked':
        this.#cover();
        this.#ports.onChanged();
        return;
      case 'unlocked':
        this.#ports.onChanged();
    }
  }

  async #report(): Promise<void> {
    const { clocks, report, tell, onChanged } = this.#ports;
    const { idleMs } = this.#clock;
    this.#hasNews = false;
    this.#reportedAt = clocks.steady();
    try {
      const answer = await report(Math.ceil(idleMs / 1000));
      if (answer.isLocked !== (this.#standing.tag === 'locked')) onChanged();
      else if (!answer.isLocked) tell({ tag: 'active', idleMs });
    } catch {
      // The clinic goes by what it has heard, and the next time is tried again.
      this.#hasNews = true;
    }
  }

  #cover(): void {
    this.#show({ tag: 'locked' });
  }

  #show(standing: LockStanding): void {
    if (same(this.#standing, standing)) return;
    this.#standing = standing;
    for (const listener of this.#listeners) listener();
  }
}
