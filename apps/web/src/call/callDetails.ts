import type { AnnouncedTrack, CallCryptoStats, DropReason } from '@sotto/e2ee';
import type { ParticipantId, ProducerId } from '@sotto/protocol/ids';
import type { CallDetails, PersonSecurity, TrackDetails } from './contract.ts';
import { readTrack, type TrackCounters, unread } from './trackReport.ts';
import type { VisitSession } from './visitSession.ts';

/** Reads all there is to be known, one reading after the other. */
export interface DetailsMeter {
  /** @returns null while there is no worker to ask */
  measure(): Promise<CallDetails | null>;
}

/**
 * @param current the session of the leaf that is alive
 * @param people as they are shown
 * @param now monotonic, in ms
 */
export function createDetailsMeter(
  current: () => Pick<VisitSession, 'facts' | 'media' | 'stats'> | null,
  people: () => readonly { readonly participantId: ParticipantId; readonly security: PersonSecurity }[],
  now: () => number,
): DetailsMeter {
  let counters = new Map<ProducerId, TrackCounters>();

  return {
    async measure() {
      const session = current();
      const stats = await session?.stats().catch(() => null);
      if (!session || !stats) return null;
      const media = session.media();
      const { tracks } = session.facts();
      const next = new Map<ProducerId, TrackCounters>();

      const detail = async (
        { source, producerId }: Pick<AnnouncedTrack, 'source' | 'producerId'>,
        report: Promise<RTCStatsReport | null> | undefined,
        frames: number,
        dropped: CallCryptoStats['receivers'][number]['dropped'],
      ): Promise<TrackDetails> => {
        const read = await report;
        const { reading, counters: after } = read
          ? readTrack(read, counters.get(producerId) ?? null, now())
          : { reading: unread, counters: null };
        if (after !== null) next.set(producerId, after);
        return { ...reading, source, frames, dropped: reasonsOf(dropped) };
      };

      const own = await Promise.all(
        (media?.tracks() ?? []).map((track) => {
          const sender = stats.senders.find((one) => one.track === track.track);
          return detail(track, media?.senderStats(track.source), sender?.sealed ?? 0, sender?.dropped ?? {});
        }),
      );
      const others = await Promise.all(
        people().map(async ({ participantId, security }) => {
          const theirs = tracks.filter((track) => track.participantId === participantId);
          const details = theirs.map((track) => {
            const receiver = stats.receivers.find((one) => one.producerId === track.producerId);
            return detail(track, media?.stats(track.producerId), receiver?.opened ?? 0, receiver?.dropped ?? {});
          });
          return [participantId, { security, tracks: await Promise.all(details) }] as const;
        }),
      );
      counters = next;
      const { suite, epoch, epochAgeMs } = stats;
      return { suite, epoch, epochAgeMs, own, people: new Map(others) };
    },
  };
}

function reasonsOf(dropped: CallCryptoStats['receivers'][number]['dropped']): TrackDetails['dropped'] {
  return Object.entries(dropped)
    .map(([reason, count]) => ({ reason: reason as DropReason, count }))
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count);
}
