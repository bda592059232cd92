import type { CallCryptoEvents, CallCryptoStats } from '@sotto/e2ee';
import type { ProducerId } from '@sotto/protocol/ids';

/** Whether what arrives of each producer opens, from the worker's counters and complaints. */
export interface Openings {
  /** @returns whether an answer of `hasOpened` or `isStuck` may be another one now */
  take(stats: CallCryptoStats, now: number): boolean;
  trouble(event: CallCryptoEvents['trouble'], now: number): void;
  /** At least one frame came out of its transform. */
  hasOpened(producer: ProducerId): boolean;
  /** Frames keep coming and none has opened for a while. */
  isStuck(producer: ProducerId): boolean;
  /** Its receive path is made anew: counted from zero. */
  forget(producer: ProducerId): void;
}

/** Keys and announcements may be under way for this long without anything being wrong. */
const patienceMs = 2_000;
/** The worker complains at most once a second: silence for longer means that no bad frame came. */
const quietMs = 2_500;

interface Opening {
  opened: number;
  troubledSince: number | null;
  lastTrouble: number;
  stuck: boolean;
}

export function createOpenings(): Openings {
  const openings = new Map<ProducerId, Opening>();

  function of(producer: ProducerId): Opening {
    const known = openings.get(producer);
    if (known) return known;
    const fresh: Opening = { opened: 0, troubledSince: null, lastTrouble: 0, stuck: false };
    openings.set(producer, fresh);
    return fresh;
  }

  return {
    take(stats, now) {
      let changed = false;
      for (const receiver of stats.receivers) {
        const opening = of(receiver.producerId);
        const isFirst = opening.opened === 0 && receiver.opened > 0;
        const grew = receiver.opened > opening.opened;
        if (grew || now - opening.lastTrouble > quietMs) opening.troubledSince = null;
        opening.opened = receiver.opened;
        const stuck = opening.troubledSince !== null && now - opening.troubledSince >= patienceMs;
        changed ||= isFirst || stuck !== opening.stuck;
        opening.stuck = stuck;
      }
      return changed;
    },
    trouble(event, now) {
      const opening = of(event.producerId);
      opening.troubledSince ??= now;
      opening.lastTrouble = now;
    },
    hasOpened: (producer) => (openings.get(producer)?.opened ?? 0) > 0,
    isStuck: (producer) => openings.get(producer)?.stuck ?? false,
    forget(producer) {
      openings.delete(producer);
    },
  };
}
