import type { ComparisonState, Member, MemberTrack, RecordingState } from '@sotto/e2ee';
import type { LeafThumbprint } from '@sotto/protocol/ids';
import type { RosterEntry } from '@sotto/protocol/signaling';

/** What one leaf knows of the visit. */
export interface SessionFacts {
  readonly connected: boolean;
  readonly inGroup: boolean;
  readonly sealing: boolean;
  readonly roster: readonly RosterEntry[];
  readonly members: readonly Member[];
  readonly tracks: readonly MemberTrack[];
  readonly refused: ReadonlySet<LeafThumbprint>;
  readonly compared: ReadonlySet<LeafThumbprint>;
  readonly comparison: ComparisonState | null;
  readonly recording: RecordingState | null;
}
