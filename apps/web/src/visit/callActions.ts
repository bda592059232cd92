import type { ParticipantId } from '@sotto/protocol/ids';

/** What the call's parts may ask for; failures are shown by the room. */
export interface CallActions {
  readonly admit: (participantId: ParticipantId) => void;
  readonly decline: (participantId: ParticipantId) => void;
  readonly repair: (participantId: ParticipantId) => void;
  /** The side panel with what can be measured. */
  readonly showDetails: () => void;
  readonly rejoin: () => void;
}
