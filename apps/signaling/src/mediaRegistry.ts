import type { ParticipantId, ProducerId } from '@sotto/protocol/ids';
import type { ProducerEntry } from '@sotto/protocol/signaling';

/** Who sends what in a visit, as the SFU confirmed it. */
export class MediaRegistry {
  readonly #producers = new Map<ProducerId, ProducerEntry>();

  get entries(): ProducerEntry[] {
    return [...this.#producers.values()];
  }

  add(entry: ProducerEntry): void {
    this.#producers.set(entry.producerId, entry);
  }

  find(id: ProducerId): ProducerEntry | undefined {
    return this.#producers.get(id);
  }

  /** True if that is a producer of this participant. */
  owns(participantId: ParticipantId, id: ProducerId): boolean {
    return this.#producers.get(id)?.participantId === participantId;
  }

  setPaused(id: ProducerId, paused: boolean): void {
    const entry = this.#producers.get(id);
    if (entry) this.#producers.set(id, { ...entry, paused });
  }

  /** True if it was there. */
  remove(id: ProducerId): boolean {
    return this.#producers.delete(id);
  }

  /** Takes out all that a participant sends, and says what that was. */
  removeOf(participantId: ParticipantId): readonly ProducerId[] {
    const own = this.entries.filter((entry) => entry.participantId === participantId);
    for (const { producerId } of own) this.#producers.delete(producerId);
    return own.map(({ producerId }) => producerId);
  }

  clear(): void {
    this.#producers.clear();
  }
}
