import { bytes } from '@sotto/protocol/bytes';
import { ticketGrant } from '@sotto/protocol/clinic';
import { clinicianProof } from '@sotto/protocol/clinicianProof';
import { consent, recordingTerms } from '@sotto/protocol/consent';
import { compactJws, identityKey } from '@sotto/protocol/credential';
import {
  clinicId,
  groupId,
  leafThumbprint,
  participantId,
  producerId,
  recordingId,
  role,
  visitId,
} from '@sotto/protocol/ids';
import { caps, epoch, orderedCommit } from '@sotto/protocol/signaling';
import * as z from 'zod';
import { chatDelivery, chatMessage, chatMessageId, sayOutcome } from './chatState.ts';
import { comparisonRound, comparisonState } from './comparisonState.ts';
import type { EncodedFrame } from './encodedFrame.ts';
import { callCryptoCodes } from './errors.ts';
import {
  announcedTrack,
  applicationOutcome,
  authorizeOutcome,
  commitOutcome,
  commitProposal,
  credentialFault,
  directoryTrust,
  dropReason,
  epochChange,
  joiner,
  joinOutcome,
  kind,
  leafRef,
  member,
  memberTrack,
  provenPerson,
  refusal,
  stats,
  trackNumber,
} from './outcomes.ts';
import { recordingState } from './recordingState.ts';

/**
 * What crosses the boundary between the page and the worker. Both ends parse everything that they receive; a
 * command is answered once, an event is not.
 */
const nothing = z.strictObject({});
const count = z.int().nonnegative();
const incarnation = z.int().min(1).max(65535);
const consentLanguage = consent.shape.language;

/** Which transform a worker is asked to be. */
export const attachment = z.discriminatedUnion('side', [
  z.strictObject({ id: count, side: z.literal('sender'), track: trackNumber, kind }),
  z.strictObject({ id: count, side: z.literal('receiver'), producerId, kind }),
]);
export type Attachment = z.infer<typeof attachment>;

const leafKeyPackage = z.strictObject({ keyPackage: bytes(caps.keyPackage) });
const applicationMessage = z.strictObject({ message: bytes(caps.application) });

/** What the page may ask of the worker. */
export const commands = {
  start: {
    request: z.strictObject({
      clinicId,
      visitId,
      identityKeys: z.array(identityKey).min(1).max(8),
      directory: directoryTrust.nullable(),
      requiresProof: z.boolean(),
      proven: z.array(provenPerson).max(64),
    }),
    reply: z.strictObject({ leaf: leafThumbprint }),
  },
  authorize: {
    request: z.strictObject({
      credential: compactJws,
      name: ticketGrant.shape.name,
      proof: clinicianProof.nullable(),
    }),
    reply: authorizeOutcome,
  },
  createGroup: { request: z.strictObject({ incarnation }), reply: z.strictObject({ groupId }) },
  keyPackage: { request: nothing, reply: leafKeyPackage },
  /** Both lists empty: a commit with a path only, which heals this leaf. */
  commit: {
    request: z.strictObject({ add: z.array(joiner).max(20), remove: z.array(leafRef).max(20), update: z.boolean() }),
    reply: commitProposal,
  },
  commitAccepted: { request: nothing, reply: epochChange },
  commitRejected: { request: nothing, reply: nothing },
  withdrawRemoval: { request: z.strictObject({ leaf: leafThumbprint }), reply: nothing },
  processCommit: { request: orderedCommit, reply: commitOutcome },
  joinWelcome: {
    request: z.strictObject({ groupId, incarnation, epoch, welcome: bytes(caps.welcome) }),
    reply: joinOutcome,
  },
  processApplication: {
    request: z.strictObject({ from: participantId, message: bytes(caps.application) }),
    reply: applicationOutcome,
  },
  announceTracks: { request: z.strictObject({ tracks: z.array(announcedTrack).max(16) }), reply: applicationMessage },
  introduce: { request: nothing, reply: applicationMessage },
  compare: { request: nothing, reply: nothing },
  /** `again`: with what was said in the round before. */
  comparisonMessages: {
    request: z.strictObject({ again: z.boolean() }),
    reply: z.strictObject({ messages: z.array(bytes(caps.application)).max(8) }),
  },
  answerComparison: {
    request: z.strictObject({ round: comparisonRound, answer: z.enum(['same', 'different', 'stopped']) }),
    reply: nothing,
  },
  say: { request: z.strictObject({ text: z.string().max(1024 * 1024) }), reply: sayOutcome },
  sayAgain: { request: z.strictObject({ id: chatMessageId }), reply: nothing },
  /** `again`: with all that isn't acknowledged. */
  chatMessages: {
    request: z.strictObject({ again: z.boolean() }),
    reply: z.strictObject({ messages: z.array(bytes(caps.application)).max(72) }),
  },
  attachStreams: {
    request: z.strictObject({
      attachment,
      readable: z.custom<ReadableStream<EncodedFrame>>((value) => value instanceof ReadableStream),
      writable: z.custom<WritableStream<EncodedFrame>>((value) => value instanceof WritableStream),
    }),
    reply: nothing,
  },
  /** `rids`: the layers that are sent. */
  makeKeyFrames: {
    request: z.strictObject({ track: trackNumber, rids: z.array(z.string().max(16)).max(4) }),
    reply: nothing,
  },
  /** `before`: an attachment with this id or a later one is another receiver's. */
  detachReceiver: { request: z.strictObject({ producerId, before: count }), reply: nothing },
  askToRecord: { request: z.strictObject({ terms: recordingTerms, language: consentLanguage }), reply: nothing },
  answerRecording: {
    request: z.strictObject({ recording: recordingId, isYes: z.boolean(), language: consentLanguage }),
    reply: nothing,
  },
  withdrawFromRecording: { request: z.strictObject({ recording: recordingId }), reply: nothing },
  /** `again`: with what was said before. */
  recordingMessages: {
    request: z.strictObject({ again: z.boolean() }),
    reply: z.strictObject({ messages: z.array(bytes(caps.application)).max(4) }),
  },
  /** Frames of who has agreed go to the port, from now on: SPEC.md section 8.1. */
  record: {
    request: z.strictObject({ port: z.custom<MessagePort>((value) => value instanceof MessagePort) }),
    reply: nothing,
  },
  stopRecording: { request: nothing, reply: nothing },
  stats: { request: nothing, reply: stats },
  ping: { request: nothing, reply: nothing },
  close: { request: nothing, reply: nothing },
} as const satisfies Record<string, { request: z.ZodType; reply: z.ZodType }>;
export type CommandName = keyof typeof commands;
export type CommandInput<N extends CommandName> = z.input<(typeof commands)[N]['request']>;
export type CommandRequest<N extends CommandName> = z.infer<(typeof commands)[N]['request']>;
export type CommandReply<N extends CommandName> = z.infer<(typeof commands)[N]['reply']>;

/** What the worker tells by itself. */
export const events = {
  /** Everybody in the group, at each change. */
  members: z.strictObject({ members: z.array(member).max(64) }),
  epoch: z.strictObject({ groupId, epoch }),
  /**
   * When each member's time in the group ends (Unix seconds), at each change. By then a commit has to take them out:
   * sealing stops otherwise. Anybody may, from a minute before.
   */
  endings: z.strictObject({
    members: z.array(z.strictObject({ ...leafRef.shape, expiresAt: z.int().positive() })).max(64),
  }),
  /** Every announced track of the members, at each change. */
  tracks: z.strictObject({ tracks: z.array(memberTrack).max(1024) }),
  /** Where the comparison of codes is, at each change. */
  comparison: comparisonState,
  /** `comparisonMessages` has something to be sent, soon. */
  comparisonDue: nothing,
  /** A member's text. */
  chat: chatMessage,
  /** What has become of a text of one's own. */
  chatDelivery,
  /** `chatMessages` has something to be sent, soon. */
  chatDue: nothing,
  /** Where the visit's recording is, at each change. */
  recording: recordingState,
  /** `recordingMessages` has something to be sent, soon. */
  recordingDue: nothing,
  /** A commit or a Welcome was rejected. `by` has signed it and is to blame; null where that isn't certain: the server's then. */
  commitRefused: z.strictObject({ reason: refusal, by: leafRef.nullable() }),
  /** A Welcome or a commit would have brought this leaf. `person`: for whom the api has signed it; null if it hasn't. */
  credentialRefused: z.strictObject({
    leaf: leafThumbprint,
    person: z.strictObject({ participantId, role }).nullable(),
    reason: credentialFault,
  }),
  /** Frames of this producer were dropped: how many since the last such event, and why the latest. */
  trouble: z.strictObject({
    producerId,
    /** Null while nobody has announced the producer. */
    participantId: participantId.nullable(),
    reason: dropReason,
    count,
  }),
  /** Ask the SFU for a key frame of this producer. At most once a second each. */
  needKeyFrame: z.strictObject({ producerId }),
  /** Whether own frames are sealed and sent, or dropped and why. */
  sealing: z.discriminatedUnion('tag', [
    z.strictObject({ tag: z.literal('sealing') }),
    z.strictObject({
      tag: z.literal('stopped'),
      reason: z.enum(['noGroup', 'epochTooOld', 'credentialExpired', 'removalPending', 'removed']),
    }),
  ]),
  /** A transform is in place and drops or opens from its first frame on. */
  attached: z.strictObject({ id: count }),
  /** The first frame has come to a transform: it stands in the path. */
  flowing: z.strictObject({ id: count }),
  /** The worker has destroyed its keys; nothing is sealed or opened any more. */
  dead: z.strictObject({ reason: z.enum(['keyConflict', 'fault', 'unresponsive']) }),
} as const satisfies Record<string, z.ZodType>;
export type EventName = keyof typeof events;
/** The message of each event, by its name. */
export type EventMessages = { [N in EventName]: z.infer<(typeof events)[N]> };
export type EventMessage<N extends EventName> = EventMessages[N];
/** How the worker's parts tell the page something. */
export type Tell = <N extends EventName>(name: N, message: EventMessages[N]) => void;

const commandNames = Object.keys(commands) as [CommandName, ...CommandName[]];
const eventNames = Object.keys(events) as [EventName, ...EventName[]];

/** Page → worker. `request` is parsed by the command's own schema. */
export const commandEnvelope = z.strictObject({ id: count, command: z.enum(commandNames), request: z.unknown() });
/** Worker → page. `value` and `message` are parsed by the schema of the command or event. */
export const workerEnvelope = z.union([
  z.strictObject({ id: count, ok: z.literal(true), value: z.unknown() }),
  z.strictObject({ id: count, ok: z.literal(false), code: z.enum(callCryptoCodes) }),
  z.strictObject({ event: z.enum(eventNames), message: z.unknown() }),
]);
