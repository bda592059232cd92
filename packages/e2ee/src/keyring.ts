import type { LeafThumbprint, ParticipantId } from '@sotto/protocol/ids';
import { KeyConflictError } from './errors.ts';
import { epochsAhead, makeKid, parseKid } from './keyId.ts';
import { sameOctets } from './octets.ts';
import { ReplayWindow } from './replayWindow.ts';
import { deriveSFrameKey, type SFrameKey } from './sframeKey.ts';

/** How long an epoch's key stays after its sender's first frame of a newer one. */
const overlapMs = 2_000;
/** How long it stays at most after a newer epoch was adopted, heard from its sender or not. */
const retirementMs = 10_000;
/** Frames of an epoch further ahead than this aren't worth waiting for. */
const epochsWaitedFor = 8;

/** A member whose frames can be opened. */
export interface KeyHolder {
  leafIndex: number;
  leaf: LeafThumbprint;
  participantId: ParticipantId;
}

/** A key to open one member's frames of one epoch, and what was seen under it. */
export interface OpeningKey extends SFrameKey {
  holder: KeyHolder;
  epoch: number;
  /** The replay window of a track: it outlives the receivers that use it. */
  window(track: number): ReplayWindow;
}

export type KeyLookup =
  | { tag: 'key'; key: OpeningKey }
  /** Of an epoch that may be about to come. */
  | { tag: 'early' }
  /** Of an epoch that is over, here or for this sender. */
  | { tag: 'old' }
  /** Of nobody in the group, or not a KID of ours. */
  | { tag: 'unknown' };

interface Entry {
  key: OpeningKey;
  /** When it dies; null while its epoch is the newest. */
  diesAt: number | null;
}

interface Epoch {
  authenticator: Uint8Array;
  entries: Map<number, Entry>;
}

/** The opening keys of one group. Times come in as parameters, in ms of one monotonic clock. */
export class Keyring {
  readonly #epochs = new Map<number, Epoch>();
  #newest: number | null = null;

  /**
   * Takes in an epoch's keys; those of the epochs before start to retire.
   *
   * @param authenticator the epoch's public fingerprint (RFC 9420 section 8.7)
   * @param holders everybody whose frames may be opened, without oneself
   * @throws KeyConflictError if other keys are installed for this epoch
   */
  async install(
    epoch: number,
    authenticator: Uint8Array,
    baseKey: CryptoKey,
    holders: readonly KeyHolder[],
    now: number,
  ): Promise<void> {
    const installed = this.#epochs.get(epoch & 0xffff);
    if (installed !== undefined) {
      if (!sameOctets(installed.authenticator, authenticator)) throw new KeyConflictError();
      return;
    }
    const keys = await Promise.all(
      holders.map(async (holder) => ({
        ...(await deriveSFrameKey(baseKey, makeKid(holder.leafIndex, epoch), 'decrypt')),
        holder,
        epoch,
        window: windows(),
      })),
    );
    for (const older of this.#epochs.values()) {
      for (const entry of older.entries.values()) entry.diesAt ??= now + retirementMs;
    }
    const entries = new Map(keys.map((key) => [key.holder.leafIndex, { key, diesAt: null }]));
    this.#epochs.set(epoch & 0xffff, { authenticator: Uint8Array.from(authenticator), entries });
    this.#newest = epoch;
  }

  /** @param now asked for keys that are on their way out, and for no others */
  find(kid: number, now: () => number): KeyLookup {
    const id = parseKid(kid);
    if (id === null) return { tag: 'unknown' };
    if (this.#newest === null) return { tag: 'early' };
    const entry = this.#epochs.get(id.epoch)?.entries.get(id.leafIndex);
    if (entry !== undefined && (entry.diesAt === null || now() < entry.diesAt)) return { tag: 'key', key: entry.key };
    const ahead = epochsAhead(id.epoch, this.#newest);
    if (ahead < 0) return { tag: 'old' };
    return { tag: ahead > 0 && ahead <= epochsWaitedFor ? 'early' : 'unknown' };
  }

  /** A frame has opened with this key: the same sender's keys of older epochs get their last two seconds. */
  used(key: OpeningKey, now: () => number): void {
    if (this.#epochs.size === 1) return;
    const diesAt = now() + overlapMs;
    for (const { entries } of this.#epochs.values()) {
      for (const entry of entries.values()) {
        if (entry.key.holder.leaf !== key.holder.leaf || entry.key.epoch >= key.epoch) continue;
        entry.diesAt = Math.min(entry.diesAt ?? Number.POSITIVE_INFINITY, diesAt);
      }
    }
  }

  /** Drops every key of these leaves at once. */
  revoke(leaves: ReadonlySet<LeafThumbprint>): void {
    this.#drop((entry) => leaves.has(entry.key.holder.leaf));
  }

  /** Drops what has died by `now`. */
  sweep(now: number): void {
    this.#drop((entry) => entry.diesAt !== null && entry.diesAt <= now);
  }

  clear(): void {
    this.#epochs.clear();
    this.#newest = null;
  }

  #drop(condemned: (entry: Entry) => boolean): void {
    for (const [epoch, { entries }] of this.#epochs) {
      for (const [leafIndex, entry] of entries) if (condemned(entry)) entries.delete(leafIndex);
      if (entries.size === 0 && epoch !== ((this.#newest ?? -1) & 0xffff)) this.#epochs.delete(epoch);
    }
  }
}

function windows(): (track: number) => ReplayWindow {
  const byTrack = new Map<number, ReplayWindow>();
  return (track) => {
    const known = byTrack.get(track);
    if (known !== undefined) return known;
    const window = new ReplayWindow();
    byTrack.set(track, window);
    return window;
  };
}
