import { outcomeOf } from './actionOutcome.ts';
import type { CallRecording, LocalMedia } from './contract.ts';
import { lineOf } from './lineReading.ts';
import type { VisitSession } from './visitSession.ts';

/**
 * @param current the session of the leaf that is alive
 * @param devices one's own, once the visit was joined
 */
export function createVisitRecording(
  current: () => VisitSession | null,
  devices: () => LocalMedia | null,
): CallRecording {
  return {
    ask: (terms, language) => outcomeOf(current()?.recording.askToRecord(terms, language)),
    answer: (recording, isYes, language) => outcomeOf(current()?.recording.answerRecording(recording, isYes, language)),
    stop: (recording) => outcomeOf(current()?.recording.withdrawFromRecording(recording)),
    begin: (port) => outcomeOf(current()?.recording.record(port)),
    end: () => outcomeOf(current()?.recording.stopRecording()),
    proof: () => current()?.proof() ?? null,
    ownTracks() {
      const own = devices()?.getSnapshot();
      const sources = own ? [own.microphone, own.camera] : [];
      return sources.flatMap(({ on, track }) => (on && track !== null ? [track] : []));
    },
    requestKeyFrame(leaf, track) {
      const session = current();
      const facts = session?.facts();
      const isOwn = facts?.members.some((member) => member.isSelf && member.leaf === leaf);
      if (isOwn) void session?.media()?.requestOwnKeyFrame();
      const sent = facts?.tracks.find((one) => one.leaf === leaf && one.track === track);
      if (!isOwn && sent) void session?.media()?.requestKeyFrame(sent.producerId);
    },
    async line() {
      const media = current()?.media();
      if (!media) return null;
      const reports = await Promise.all((['camera', 'microphone'] as const).map((source) => media.senderStats(source)));
      return lineOf(reports.filter((report) => report !== null));
    },
  };
}
