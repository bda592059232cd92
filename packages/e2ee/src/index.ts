export type { ConsentLanguage } from './askedRecording.ts';
export type { AttachFailure, AttachOutcome } from './attachments.ts';
export { CallCrypto, type CallCryptoOptions } from './callCrypto.ts';
export type { ChatDelivery, ChatMessage, ChatMessageId, SayOutcome } from './chatState.ts';
export { chatTextOctets } from './chatText.ts';
export { comparisonEmoji } from './comparisonEmoji.ts';
export type {
  ComparisonCode,
  ComparisonEnding,
  ComparisonRoundId,
  ComparisonState,
} from './comparisonState.ts';
export { type CallCryptoCode, CallCryptoError } from './errors.ts';
export { deriveGroupId } from './groupId.ts';
export type {
  AnnouncedTrack,
  ApplicationOutcome,
  AuthorizeOutcome,
  CallCryptoStats,
  CommitOutcome,
  CommitProposal,
  CredentialFault,
  DirectoryTrust,
  DropReason,
  EpochChange,
  Joiner,
  JoinOutcome,
  KnownClinician,
  LeafRef,
  Member,
  MemberTrack,
  PendingCommit,
  ProvenPerson,
  Refusal,
} from './outcomes.ts';
export { credentialFault, refusal } from './outcomes.ts';
export type { RecordingProgress, RecordingState } from './recordingState.ts';
export { type Mechanism, type MissingFeature, mechanisms, peerConnectionSettings, type Support } from './support.ts';
export type { EventMessages as CallCryptoEvents, EventName as CallCryptoEventName } from './workerMessages.ts';
