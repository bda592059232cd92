import type { MemberTrack } from '@sotto/e2ee';
import type { ParticipantId, ProducerId } from '@sotto/protocol/ids';
import { judgeReception, type Quality, type ReceptionCounters, receptionOf } from './quality.ts';

/** How well each person is received, measured now and then. */
export interface ReceptionMonitor {
  quality(): ReadonlyMap<ParticipantId, Quality>;
  /** @returns whether somebody's quality is another one than before */
  measure(tracks: readonly MemberTrack[]): Promise<boolean>;
  clear(): void;
}

/** @param statsOf the report of what is received of a producer; null when nothing is */
export function createReceptionMonitor(
  statsOf: (producer: ProducerId) => Promise<RTCStatsReport | null>,
): ReceptionMonitor {
  const counters = new Map<ParticipantId, ReceptionCounters>();
  let quality: ReadonlyMap<ParticipantId, Quality> = new Map();
  return {
    quality: () => quality,
    async measure(tracks) {
      const next = new Map<ParticipantId, Quality>();
      for (const participant of new Set(tracks.map((track) => track.participantId))) {
        const own = tracks.filter((track) => track.participantId === participant);
        const reports = await Promise.all(own.map((track) => statsOf(track.producerId)));
        const after = receptionOf(reports.filter((report) => report !== null));
        const before = counters.get(participant);
        counters.set(participant, after);
        if (before) next.set(participant, judgeReception(before, after));
      }
      const changed =
        next.size !== quality.size || [...next].some(([participant, value]) => quality.get(participant) !== value);
      quality = next;
      return changed;
    },
    clear() {
      counters.clear();
      quality = new Map();
    },
  };
}
