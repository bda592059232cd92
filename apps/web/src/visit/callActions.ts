import type { ParticipantId } from '@sotto/protocol/ids';

/** What the call's parts may ask for; failures are shown by the room. */
export interface CallActions {
  admit(participantId: ParticipantId): void;
  decline(participantId: ParticipantId): void;
  repair(participantId: ParticipantId): void;
  rejoin(): void;
}
