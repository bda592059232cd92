import type { ComparisonState, Member, MemberTrack, RecordingState } from '@sotto/e2ee';
import type { LeafThumbprint } from '@sotto/protocol/ids';
import type { RosterEntry } from '@sotto/protocol/signaling';
import type { Ending } from './timedRemovals.ts';

/** What one leaf knows of the visit. */
export interface SessionFacts {
  readonly connected: boolean;
  readonly inGroup: boolean;
  readonly sealing: boolean;
  readonly roster: readonly RosterEntry[];
  readonly members: readonly Member[];
  /** Until when each member's credential lets them stay. */
  readonly endings: readonly Ending[];
  readonly tracks: readonly MemberTrack[];
  readonly refused: ReadonlySet<LeafThumbprint>;
  readonly compared: ReadonlySet<LeafThumbprint>;
  readonly comparison: ComparisonState | null;
  readonly recording: RecordingState | null;
}

/** What a leaf knows as it begins, besides what its session keeps. */
export const nothingKnown: Omit<SessionFacts, 'refused' | 'compared'> = {
  connected: false,
  inGroup: false,
  sealing: false,
  roster: [],
  members: [],
  endings: [],
  tracks: [],
  comparison: null,
  recording: null,
};
