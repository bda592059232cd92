import type { ParticipantId } from '@sotto/protocol/ids';
import type { ActionOutcome } from './contract.ts';
import type { StandingAdmissions } from './standingAdmissions.ts';
import type { VisitSession } from './visitSession.ts';

/** How long one waits to see that somebody is out. It is asked for on and on all the same. */
const goneMs = 10_000;
const lookMs = 100;

/** Who is let in, sent away and put out: a host's acts. */
export interface VisitDoor {
  readonly admit: (participantId: ParticipantId) => Promise<ActionOutcome>;
  readonly decline: (participantId: ParticipantId) => Promise<ActionOutcome>;
  readonly putOut: (participantId: ParticipantId) => Promise<ActionOutcome>;
  /**
   * Lets those in again whom the user of this browser let in before: signaling forgot it (a restart), the user didn't.
   */
  readmit(session: VisitSession): void;
}

/** @param onChange who is in the visit, and who waits, may be another list now */
export function createVisitDoor(
  current: () => VisitSession | null,
  standing: () => StandingAdmissions | null,
  onChange: () => void,
): VisitDoor {
  const readmitted = new Map<ParticipantId, number>();
  return {
    async admit(participantId) {
      const session = current();
      const admissions = standing();
      const entry = session?.facts().roster.find((one) => one.participantId === participantId);
      if (!session || !admissions || !entry) return 'failed';
      const stood = admissions.has(participantId, entry.session);
      // First: the person's key package may be here before the answer is. Should the server name a session that isn't
      // the person's, the worker refuses their key package.
      admissions.add(participantId, entry.session);
      session.admissionsChanged();
      if (entry.presence === 'present') {
        onChange();
        return 'done';
      }
      const answer = await session.request('waiting:admit', { participantId });
      if (!answer.ok && answer.code !== 'unavailable' && !stood) admissions.remove(participantId);
      return answer.ok ? 'done' : 'failed';
    },
    async decline(participantId) {
      standing()?.remove(participantId);
      const answer = await current()?.request('waiting:decline', { participantId });
      return answer?.ok === true ? 'done' : 'failed';
    },
    async putOut(participantId) {
      // First: a new leaf of theirs isn't added any more, and they go from any group that this browser gets into.
      standing()?.putOut(participantId);
      current()?.putOut(participantId);
      for (let waitedMs = 0; waitedMs < goneMs; waitedMs += lookMs) {
        const facts = current()?.facts();
        if (facts?.inGroup === true && !facts.members.some((one) => one.participantId === participantId)) return 'done';
        await new Promise((resolve) => setTimeout(resolve, lookMs));
      }
      return 'failed';
    },
    readmit(session) {
      for (const { participantId, session: seat, presence, since } of session.facts().roster) {
        if (presence !== 'waiting' || readmitted.get(participantId) === since) continue;
        if (standing()?.has(participantId, seat) !== true) continue;
        readmitted.set(participantId, since);
        void session.request('waiting:admit', { participantId });
      }
    },
  };
}
