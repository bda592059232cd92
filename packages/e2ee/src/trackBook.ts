import type { LeafThumbprint, ParticipantId, ProducerId } from '@sotto/protocol/ids';
import type { MediaKind } from '@sotto/protocol/signaling';
import type { AnnouncedTrack, MemberTrack } from './outcomes.ts';

interface Announcer {
  leaf: LeafThumbprint;
  participantId: ParticipantId;
}

/** Which producer carries which track of whom, as the members have said in signed messages. */
export class TrackBook {
  readonly #byProducer = new Map<ProducerId, MemberTrack>();
  /** A track number keeps its kind for as long as its leaf lives, announced or not. */
  readonly #kinds = new Map<LeafThumbprint, Map<number, MediaKind>>();

  /**
   * Replaces all that the leaf had announced.
   *
   * @returns false if the list contradicts itself, an earlier one, or another member's; nothing is changed then
   */
  announce(by: Announcer, tracks: readonly AnnouncedTrack[]): boolean {
    if (new Set(tracks.map(({ track }) => track)).size < tracks.length) return false;
    if (new Set(tracks.map(({ producerId }) => producerId)).size < tracks.length) return false;
    const kinds = this.#kinds.get(by.leaf) ?? new Map<number, MediaKind>();
    for (const { track, kind, producerId } of tracks) {
      const owner = this.#byProducer.get(producerId);
      if (owner !== undefined && (owner.leaf !== by.leaf || owner.track !== track)) return false;
      if (kinds.has(track) && kinds.get(track) !== kind) return false;
    }
    this.#dropTracks((entry) => entry.leaf === by.leaf);
    for (const entry of tracks) {
      kinds.set(entry.track, entry.kind);
      this.#byProducer.set(entry.producerId, { ...entry, ...by });
    }
    this.#kinds.set(by.leaf, kinds);
    return true;
  }

  find(producerId: ProducerId): MemberTrack | undefined {
    return this.#byProducer.get(producerId);
  }

  list(): MemberTrack[] {
    return [...this.#byProducer.values()];
  }

  removeLeaves(leaves: ReadonlySet<LeafThumbprint>): void {
    this.#dropTracks((entry) => leaves.has(entry.leaf));
    for (const leaf of leaves) this.#kinds.delete(leaf);
  }

  clear(): void {
    this.#byProducer.clear();
    this.#kinds.clear();
  }

  #dropTracks(condemned: (entry: MemberTrack) => boolean): void {
    for (const [producerId, entry] of this.#byProducer) if (condemned(entry)) this.#byProducer.delete(producerId);
  }
}
