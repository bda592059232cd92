import type { LeafThumbprint } from '@sotto/protocol/ids';
import type { Group } from './group.ts';
import { makeKid } from './keyId.ts';
import { Keyring } from './keyring.ts';
import { leafRefOf } from './leafMember.ts';
import { joinDelayMs, SealingKey, SealingSchedule, type SealingState } from './sealingSchedule.ts';
import { baseKeyLabel, baseKeyOctets, deriveSFrameKey, importBaseKey } from './sframeKey.ts';

/** The clocks of a worker, in ms. */
export interface Clocks {
  monotonic: () => number;
  unix: () => number;
}

/** The media keys that follow from the group's epochs: one to seal with, the others' to open with. */
export class MediaKeys {
  readonly keyring = new Keyring();
  readonly #schedule = new SealingSchedule();
  readonly #clocks: Clocks;
  /** Leaves that this member wants out and that are in the group still. */
  readonly #leaving = new Set<LeafThumbprint>();

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
  }

  /**
   * Installs an epoch's keys, decrypting first.
   *
   * @param from another group than before, or the next epoch, who left it, and whether nobody else was in it
   * @throws KeyConflictError if other keys stand for this epoch
   */
  async follow(
    group: Group,
    from: { tag: 'newGroup' } | { tag: 'nextEpoch'; removed: ReadonlySet<LeafThumbprint>; wasAlone: boolean },
  ): Promise<void> {
    const baseKey = await importBaseKey(await group.exportSecret(baseKeyLabel, baseKeyOctets));
    const others = group.roster.filter(({ leafIndex }) => leafIndex !== group.ownIndex);
    const holders = others.map((leaf) => ({ leafIndex: leaf.leafIndex, ...leafRefOf(leaf) }));
    if (from.tag === 'newGroup') this.stop('noGroup');
    else this.keyring.revoke(from.removed);
    const own = await deriveSFrameKey(baseKey, makeKid(group.ownIndex, group.epoch), 'encrypt');
    await this.keyring.install(group.epoch, group.epochAuthenticator, baseKey, holders, this.#clocks.monotonic());

    const now = this.#clocks.monotonic();
    // Nobody is waited for who was alone.
    const isUrgent = from.tag === 'newGroup' || from.removed.size > 0 || from.wasAlone;
    const credentialsUntil = Math.min(...group.roster.map(({ claims }) => claims.exp)) * 1000;
    this.#schedule.adopt(new SealingKey(own), now, isUrgent ? now : now + joinDelayMs, credentialsUntil);
    const present = new Set(group.roster.map(({ claims }) => claims.jkt));
    for (const leaf of this.#leaving) if (!present.has(leaf)) this.removalWithdrawn(leaf);
  }

  sealing(): SealingState {
    return this.#schedule.state(this.#clocks.monotonic(), this.#clocks.unix());
  }

  epochAge(): number | null {
    return this.#schedule.epochAge(this.#clocks.monotonic());
  }

  /** These are to go. Another epoch with them in it doesn't settle that: it may be their own. */
  removalRequested(leaves: readonly LeafThumbprint[]): void {
    for (const leaf of leaves) this.#leaving.add(leaf);
    if (leaves.length > 0) this.#schedule.removalRequested(this.#clocks.monotonic());
  }

  /** This one is gone, or may stay. */
  removalWithdrawn(leaf: LeafThumbprint): void {
    if (this.#leaving.delete(leaf) && this.#leaving.size === 0) this.#schedule.removalsSettled();
  }

  /** Nothing is sealed or opened until the next group. */
  stop(reason: 'noGroup' | 'removed'): void {
    this.#leaving.clear();
    this.#schedule.stop(reason);
    this.keyring.clear();
  }
}
