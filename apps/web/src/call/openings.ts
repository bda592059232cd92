import type { CallCryptoEvents, CallCryptoStats } from '@sotto/e2ee';
import type { ProducerId } from '@sotto/protocol/ids';

/** Whether what arrives of each producer opens, from the worker's counters and complaints. */
export interface Openings {
  /**
   * @param isDue whether frames of this producer ought to come now: it is on, and the way to here is open
   * @returns whether an answer of those below may be another one now
   */
  take(stats: CallCryptoStats, isDue: (producer: ProducerId) => boolean, now: number): boolean;
  trouble(event: CallCryptoEvents['trouble'], now: number): void;
  /** At least one frame came out of its transform. */
  hasOpened(producer: ProducerId): boolean;
  /** Frames keep coming and none has opened for a while. */
  isStuck(producer: ProducerId): boolean;
  /** Frames ought to come, came before, and none has for a while. */
  isStalled(producer: ProducerId): boolean;
  /** Its receive path is made anew: counted from zero. */
  forget(producer: ProducerId): void;
}

/** Keys and announcements may be under way for this long without anything being wrong. */
const patienceMs = 2_000;
/** A camera in the dark and a microphone in silence send more often than this. */
const stalledMs = 6_000;
/** Asked less often than this the device was asleep, and nothing could have come. */
const asleepMs = 5_000;
/** The worker complains at most once a second: silence for longer means that no bad frame came. */
const quietMs = 2_500;

interface Opening {
  opened: number;
  /** Empty ones too: a microphone in silence sends little else. */
  came: number;
  troubledSince: number | null;
  lastTrouble: number;
  stuck: boolean;
  /** When a frame last came, or wasn't to be expected. */
  lastFrame: number;
  stalled: boolean;
}

export function createOpenings(): Openings {
  const openings = new Map<ProducerId, Opening>();
  let takenAt = 0;

  function of(producer: ProducerId): Opening {
    const known = openings.get(producer);
    if (known) return known;
    const fresh: Opening = {
      opened: 0,
      came: 0,
      troubledSince: null,
      lastTrouble: 0,
      stuck: false,
      lastFrame: 0,
      stalled: false,
    };
    openings.set(producer, fresh);
    return fresh;
  }

  return {
    take(stats, isDue, now) {
      let changed = false;
      const wasAsleep = now - takenAt > asleepMs;
      takenAt = now;
      for (const receiver of stats.receivers) {
        const opening = of(receiver.producerId);
        const isFirst = opening.opened === 0 && receiver.opened > 0;
        const grew = receiver.opened > opening.opened;
        const came = receiver.opened + (receiver.kind === 'audio' ? receiver.passedEmpty : 0);
        if (came > opening.came || receiver.opened === 0 || wasAsleep || !isDue(receiver.producerId))
          opening.lastFrame = now;
        if (grew || now - opening.lastTrouble > quietMs) opening.troubledSince = null;
        opening.opened = receiver.opened;
        const stuck = opening.troubledSince !== null && now - opening.troubledSince >= patienceMs;
        const stalled = !stuck && now - opening.lastFrame >= stalledMs;
        changed ||= isFirst || stuck !== opening.stuck || stalled !== opening.stalled;
        Object.assign(opening, { came, stuck, stalled });
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
    isStalled: (producer) => openings.get(producer)?.stalled ?? false,
    forget(producer) {
      openings.delete(producer);
    },
  };
}
