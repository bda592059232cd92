import type {
  AnnouncedTrack,
  CallCryptoStats,
  ComparisonRoundId,
  ComparisonState,
  ConsentLanguage,
  CredentialFault,
  DropReason,
  KnownClinician,
  RecordingState,
  Refusal,
} from '@sotto/e2ee';
import type { ClinicianProof } from '@sotto/protocol/clinicianProof';
import type { RecordingTerms } from '@sotto/protocol/consent';
import type { LeafThumbprint, ParticipantId, RecordingId, Role, StaffId, VisitId } from '@sotto/protocol/ids';
import type { PasskeyCode } from '../keystore/errors.ts';
import type { ChatEntry } from './chatLog.ts';
import type { LineReading } from './lineReading.ts';
import type { TrackReading } from './trackReport.ts';

/**
 * What the pages know of a running visit. The engine behind it (`visitCall.ts`) owns signaling, the media
 * transports and the encryption worker; the pages own devices and every word that a person reads.
 */
export interface VisitCall {
  /** Calls `listener` after each change of the snapshot. Returns the function that stops it. */
  subscribe(listener: () => void): () => void;
  /** The same object until something changed, so that it fits `useSyncExternalStore`. */
  getSnapshot(): VisitSnapshot;
  /**
   * Loudness of what is heard from one person, 0 (silence) to 1; 0 for somebody unknown. Outside the snapshot
   * because it changes at every frame: cheap enough to be asked 30 times a second.
   */
  level(participantId: ParticipantId): number;

  /** For whoever looks for a cause: what media and keys do, measured since it was asked last. Null while there is none. */
  details(): Promise<CallDetails | null>;

  /**
   * Connects, and enters or waits as the ticket's role decides. Call once. The engine follows `media` until the
   * visit is over: it sends a track while its source is `on`, and never stops a track that it didn't make.
   * How it goes is told by the snapshot's phase; it doesn't throw.
   */
  join(media: LocalMedia): void;
  /** Host only: lets a waiting person in. */
  admit(participantId: ParticipantId): Promise<ActionOutcome>;
  /** Host only: sends a waiting person away. */
  decline(participantId: ParticipantId): Promise<ActionOutcome>;
  /** Host only: takes somebody out of the visit who is in it. They have to be let in anew. */
  putOut(participantId: ParticipantId): Promise<ActionOutcome>;
  /** Makes the media of one person openable again (new receive path, key frame). */
  repair(participantId: ParticipantId): Promise<ActionOutcome>;
  /** Gives up this leaf and enters as a new one: the repair for what concerns oneself. */
  rejoin(): Promise<ActionOutcome>;
  /** Asks everybody's client for a code to compare; nobody else has to do anything. */
  compare(): Promise<ActionOutcome>;
  /**
   * The user's word on the code of that round; `stopped`: they don't want to go on. After `same` its people count as
   * compared, after `different` the visit as not to be trusted.
   */
  answerComparison(round: ComparisonRoundId, answer: ComparisonAnswer): Promise<ActionOutcome>;
  readonly recording: CallRecording;
  /** Says a text to everybody who is in the visit now; what becomes of it is told by the snapshot's chat. */
  say(text: string): Promise<SayOutcome>;
  /** Tries an own text that has failed once more, by its line's key. Whether it goes on is told by its delivery. */
  sayAgain(key: number): Promise<ActionOutcome>;
  /** Asks the clinician's passkey (again) to answer for this device: what `confirmation` waits for. */
  confirm(): void;
  /** An incident was read. */
  dismiss(incident: Incident): void;
  /** Goes on without it, where `confirmation` says that one may: everybody is told so. */
  goWithout(): void;
  /** Host only: over for everyone. */
  endForEveryone(): Promise<ActionOutcome>;
  /** Leaves on purpose; afterwards the phase is `left`. */
  leave(): void;
  /** Frees everything without telling anybody that one left (the page goes away). Safe to call twice. */
  dispose(): void;
}

/** Whose session vouches: the patient's or guest's own (`/api/join/ticket`) or the clinician's for one visit. */
export type VisitCallTarget = { kind: 'patient' | 'guest' } | { kind: 'physician'; visitId: VisitId; staffId: StaffId };

/** Whether an action took effect; `failed` says that trying again is safe. */
export type ActionOutcome = 'done' | 'failed';

/**
 * `said`, or why it isn't; then nothing was sent. `empty`, `tooLong`, `characters`: not a text that may be said.
 * `tooFast`: later. `alone`: nobody else is in the visit. `failed`: there are no keys just now.
 */
export type SayOutcome = 'said' | 'empty' | 'tooLong' | 'characters' | 'tooFast' | 'alone' | 'failed';

export type ComparisonAnswer = 'same' | 'different' | 'stopped';

/** One's own devices as the engine follows them. */
export interface LocalMedia {
  subscribe(listener: () => void): () => void;
  getSnapshot(): LocalMediaSnapshot;
}

export interface LocalMediaSnapshot {
  readonly microphone: LocalSource;
  readonly camera: LocalSource;
}

export interface LocalSource {
  /** Changes when another device is chosen, the camera is switched off (null) or a device is unplugged (null). */
  readonly track: MediaStreamTrack | null;
  /** False when muted: nothing of it may be sent, and the others are told that it is off. */
  readonly on: boolean;
}

/** Immutable; parts that didn't change keep their identity. */
export interface VisitSnapshot {
  readonly phase: VisitPhase;
  /**
   * `reconnecting`: signaling or the media path is being made again, the visit goes on. `removed`: a member took this leaf
   * out, as members do when the server says that somebody has left; a new one is on its way.
   */
  readonly connection: 'ok' | 'reconnecting' | 'removed';
  /** False while no media server can take the visit; the waiting room and the roster still work. */
  readonly mediaAvailable: boolean;
  readonly security: GroupSecurity;
  /** The latest comparison of codes, or null; an ended one stays until the next. */
  readonly comparison: ComparisonState | null;
  /** The latest recording of this visit that was asked for, or null; one that is over stays until the next. */
  readonly recording: RecordingState | null;
  /** What was said in the chat while this page was there, the oldest first. */
  readonly chat: readonly ChatEntry[];
  /** Null unless something is asked of the clinician before this device may enter. */
  readonly confirmation: Confirmation | null;
  /** What happened that the person has to know, the oldest first; each until it is dismissed, also after the visit and when one comes back into it. */
  readonly incidents: readonly Incident[];
  /** Null until the ticket is there. */
  readonly self: Self | null;
  /** The others in the visit, in the order of entering. Nobody who only waits. */
  readonly people: readonly Person[];
  /** Host only; empty for others. Their names are not known here: nothing about them is verified yet. */
  readonly waiting: readonly WaitingPerson[];
}

export type VisitPhase =
  | { readonly tag: 'connecting' }
  /** In the waiting room. `hostPresent`: a clinician of this visit is connected and sees that somebody waits. */
  | { readonly tag: 'waiting'; readonly since: number; readonly hostPresent: boolean }
  /** Admitted; keys and media are being set up. */
  | { readonly tag: 'entering' }
  | { readonly tag: 'inVisit' }
  | { readonly tag: 'declined' }
  /** Was in the visit, and the server has closed that place: by its word only. */
  | { readonly tag: 'putOut' }
  /** `stayOver`: of this person alone. */
  | { readonly tag: 'ended'; readonly reason: 'endedByHost' | 'expired' | 'stayOver' }
  /** The same person opened the visit on another device or tab. */
  | { readonly tag: 'replaced' }
  | { readonly tag: 'left' }
  /** `fault`: what of one's own credential didn't hold, where it was that. Others' are incidents. */
  | { readonly tag: 'failed'; readonly reason: FailureReason; readonly fault: CredentialFault | null };

export type Incident =
  /** What they showed of themselves doesn't hold. `person`: for whom the clinic's server had signed it; null if it hadn't. */
  | { readonly tag: 'keptOut'; readonly person: NamedPerson | null; readonly fault: KeptOutFault }
  /** A change of who is in the visit was refused. `by`: whose signature it bears; null: no member's for certain. */
  | { readonly tag: 'refusedChange'; readonly by: NamedPerson | null; readonly reason: Refusal }
  /**
   * Somebody isn't in the visit any more. `saidToHaveLeft`: by the server's word, nothing proves it. `stayOver`: their time
   * was over, by the credential that was found good here. Taken back when they are a member again.
   */
  | { readonly tag: 'saidToHaveLeft' | 'stayOver'; readonly person: NamedPerson }
  /**
   * A person stands in the visit with another key than before, and nothing but the clinic's server says that it is theirs; or
   * its code `wasCompared` with the key before. Taken back when it is compared.
   */
  | { readonly tag: 'newKey'; readonly person: NamedPerson; readonly wasCompared: boolean }
  /** So many of the first two kinds more, too many to tell each. */
  | { readonly tag: 'more'; readonly count: number };

/** `rememberedDemand`: no proof, which the clinic's server doesn't demand any more, and this browser remembers that it did. */
export type KeptOutFault = CredentialFault | 'rememberedDemand';

export interface NamedPerson {
  readonly participantId: ParticipantId;
  /** Null where nobody knows it here. */
  readonly role: Role | null;
  /** As they were verified in this visit; null if they never were. */
  readonly name: string | null;
}

/** The passkey's word for this device (packages/e2ee/SPEC.md section 2.1). */
export interface Confirmation {
  /** `asking`: the browser asks just now. `due`: it waits for the person's press. */
  readonly state: 'asking' | 'due';
  /** Why the passkey gave no answer before. */
  readonly fault: PasskeyCode | null;
  /** Whether the visit may be entered without it. */
  readonly mayGoWithout: boolean;
  /** They had confirmed before, for a connection that was lost. */
  readonly isBack: boolean;
}

export type FailureReason =
  /** This browser has no usable encoded transform, or it didn't prove alive: nothing was sent or played. */
  | 'unsupported'
  /** The session is gone: sign in again, or open the link again. */
  | 'signedOut'
  /** The visit is over, cancelled or not one's own. */
  | 'notAvailable'
  /** The patient is in the visit from another browser. */
  | 'elsewhere'
  /** Clinic or signaling couldn't be reached for as long as it makes sense to try. */
  | 'unreachable'
  /** The clinic demands that physicians confirm with a passkey, and this one has none. */
  | 'noPasskey'
  /** As `noPasskey`, but the clinic's server doesn't demand it any more: this browser remembers that it did. */
  | 'rememberedDemand'
  /** As `noPasskey`, and the clinic's directory couldn't be read: they may have one. */
  | 'unreadDirectory'
  /** This person stood in the visit as a clinician of the directory, and has no proof for this leaf: nobody takes them back. */
  | 'notConfirmed'
  /** The server calls itself another clinic than the one that this browser knows here. */
  | 'otherClinic'
  /** What this browser remembered of the clinic isn't readable: nobody can be judged by it. */
  | 'spoiltMemory'
  /** What the server sent doesn't verify: going on would not be private. */
  | 'cantVerify'
  | 'internal';

/**
 * Only what was verified: `encrypted` says that every member's credential and key were checked. `distrusted`: somebody
 * compared codes and they were not equal; it stays until a comparison finds equal ones, also for who comes back in.
 */
export type GroupSecurity = 'connecting' | 'encrypted' | 'cantVerify' | 'distrusted';

export interface Self {
  readonly participantId: ParticipantId;
  readonly name: string;
  readonly role: Role;
  /** Known to the others as a clinician of the directory. */
  readonly isProven: boolean;
  /** When one has to be out, Unix ms; null for who isn't a guest. */
  readonly until: number | null;
}

export interface Person {
  readonly participantId: ParticipantId;
  readonly role: Role;
  /** Whom the clinic's directory knows them as; null for whom the clinic's server alone vouches. */
  readonly clinician: KnownClinician | null;
  /** Null until it matches what the person's verified credential commits to. */
  readonly name: string | null;
  /** When a guest has to be out, by their verified credential, Unix ms; null for others. */
  readonly until: number | null;
  /** `away`: the connection is gone, they may still come back. */
  readonly presence: 'present' | 'away';
  readonly security: PersonSecurity;
  /** The user of this browser has compared a code with them, and they have had the same keys since. */
  readonly compared: boolean;
  readonly microphone: RemoteSource;
  readonly camera: RemoteSource;
  /**
   * They send a picture, or sound and no picture, and for some seconds nothing of it has come. What arrives and doesn't
   * open is `cantDecrypt` instead.
   */
  readonly stalled: boolean;
  /** `unknown` until measured. */
  readonly quality: 'unknown' | 'good' | 'fair' | 'poor';
}

/** `cantDecrypt`: known and verified, but what arrives doesn't open (dropped, never shown or played). */
export type PersonSecurity = 'connecting' | 'encrypted' | 'cantVerify' | 'cantDecrypt';

export type RemoteSource =
  /** They have no such device, or send nothing yet. */
  | { readonly state: 'none' }
  /** Switched off by them. */
  | { readonly state: 'off' }
  /** Sent, but not yet playable here. */
  | { readonly state: 'connecting' }
  /** Ready to play: its transform is alive. One track; the same stream object as long as it lives. */
  | { readonly state: 'live'; readonly stream: MediaStream }
  /** They send, and it is left out here for the sake of the sound (slow connection). */
  | { readonly state: 'dropped' };

export interface WaitingPerson {
  readonly participantId: ParticipantId;
  /** Unix milliseconds. */
  readonly since: number;
}

/** What pages do about recording the visit; how it stands is told by the snapshot's `recording`. */
export interface CallRecording {
  /** Asks everybody, and agrees for this device. The same terms again, after this leaf was lost, go on with it. */
  ask(terms: RecordingTerms, language: ConsentLanguage): Promise<ActionOutcome>;
  /** The user's answer to who asked. */
  answer(recording: RecordingId, isYes: boolean, language: ConsentLanguage): Promise<ActionOutcome>;
  /** Nobody is recorded any more. */
  stop(recording: RecordingId): Promise<ActionOutcome>;
  /** Frames of who has agreed go to the port (`@sotto/e2ee/tapMessages`), while all agree. */
  begin(port: MessagePort): Promise<ActionOutcome>;
  /** The recorder has ended. */
  end(): Promise<ActionOutcome>;
  /** The passkey's word for this leaf; null if there is none. */
  proof(): LeafProof | null;
  /** One's own devices as they are sent just now: nothing that is muted or off. */
  ownTracks(): readonly MediaStreamTrack[];
  /** Asks whoever sends this track for a picture that can be decoded by itself. */
  requestKeyFrame(leaf: LeafThumbprint, track: number): void;
  /** How the way out to the media server is just now; null if nothing is known. */
  line(): Promise<LineReading | null>;
}

export interface LeafProof {
  readonly leaf: LeafThumbprint;
  readonly proof: ClinicianProof;
}

/** How a visit's media and keys are just now, for whoever looks for a cause. Nothing of it is secret or says who. */
export interface CallDetails {
  readonly suite: CallCryptoStats['suite'];
  /** Null while this browser stands in no group. */
  readonly epoch: number | null;
  readonly epochAgeMs: number | null;
  readonly own: readonly TrackDetails[];
  readonly people: ReadonlyMap<ParticipantId, PersonDetails>;
}

export interface PersonDetails {
  readonly security: PersonSecurity;
  readonly tracks: readonly TrackDetails[];
}

export interface TrackDetails extends TrackReading {
  readonly source: AnnouncedTrack['source'];
  /** Frames that were sealed or opened. */
  readonly frames: number;
  /** Frames that weren't, and why: since the track began, the most frequent reason first. */
  readonly dropped: readonly { readonly reason: DropReason; readonly count: number }[];
}
