import type { TicketGrant } from '@sotto/protocol/clinic';
import type { ClinicianProof } from '@sotto/protocol/clinicianProof';
import type { RecordingTerms } from '@sotto/protocol/consent';
import type { IdentityKey } from '@sotto/protocol/credential';
import type { ClinicId, GroupId, LeafThumbprint, ProducerId, RecordingId, VisitId } from '@sotto/protocol/ids';
import type { MediaKind, OrderedCommit, ServerMessage } from '@sotto/protocol/signaling';
import type { ConsentLanguage } from './askedRecording.ts';
import { Attachments, type AttachOutcome } from './attachments.ts';
import type { ChatMessageId, SayOutcome } from './chatState.ts';
import type { ComparisonRoundId } from './comparisonState.ts';
import { CallCryptoError } from './errors.ts';
import type {
  AnnouncedTrack,
  ApplicationOutcome,
  AuthorizeOutcome,
  CallCryptoStats,
  CommitOutcome,
  CommitProposal,
  DirectoryTrust,
  EpochChange,
  Joiner,
  JoinOutcome,
  LeafRef,
  ProvenPerson,
} from './outcomes.ts';
import { detectSupport, type Mechanism, type Support } from './support.ts';
import { WorkerLink } from './workerLink.ts';
import type { EventMessages, EventName } from './workerMessages.ts';

export interface CallCryptoOptions {
  clinicId: ClinicId;
  visitId: VisitId;
  /** The clinic's public identity keys (`GET /api/config`). */
  identityKeys: readonly IdentityKey[];
  /** The keystore that this browser knows; null where it knows none, and then no clinician's proof holds. */
  directory: DirectoryTrust | null;
  /** Whether the clinic demands a proof of each physician: without one they are refused. */
  requiresProof: boolean;
  /**
   * Whom earlier leaves of this person saw in this visit as clinicians of the directory (`members` event). Nobody of them is
   * taken for less, or for another, by this one either.
   */
  proven: readonly ProvenPerson[];
  /** Default: the first that `CallCrypto.support()` lists. */
  mechanism?: Mechanism;
}

/**
 * The page's handle of the one worker that holds a leaf's MLS state, media keys, counters and transforms; none of
 * them ever leave it. Commands are carried out one after the other, in the order of the calls. They reject with a
 * `CallCryptoError` for bugs (`wrongState`, `invalid`) and once the worker is gone (`dead`); what may happen in a
 * visit is a tagged value.
 */
export class CallCrypto {
  /** Thumbprint of this leaf's fresh signature key: what the ticket has to be asked for. */
  readonly leaf: LeafThumbprint;
  /** Decides how the visit's peer connections have to be made; see `mechanisms`. */
  readonly mechanism: Mechanism;
  readonly #link: WorkerLink;
  readonly #attachments: Attachments;

  private constructor(leaf: LeafThumbprint, mechanism: Mechanism, link: WorkerLink, worker: Worker) {
    this.leaf = leaf;
    this.mechanism = mechanism;
    this.#link = link;
    this.#attachments = new Attachments(mechanism, link, worker);
  }

  /** What this browser can do, or what it lacks; starts nothing. */
  static support(): Promise<Support> {
    return detectSupport(globalThis);
  }

  /**
   * Starts the worker and makes a leaf key. A worker is for one leaf: after `dead`, `removedSelf`, `forked` or a
   * reload, start a new one, ask for a new ticket and rejoin.
   *
   * @throws CallCryptoError `wrongState` in a browser without support
   */
  static async start(options: CallCryptoOptions): Promise<CallCrypto> {
    const support = await CallCrypto.support();
    if (support.tag === 'unsupported') throw new CallCryptoError('wrongState');
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    const link = new WorkerLink(worker);
    try {
      const { leaf } = await link.call('start', {
        clinicId: options.clinicId,
        visitId: options.visitId,
        identityKeys: [...options.identityKeys],
        directory: options.directory,
        requiresProof: options.requiresProof,
        proven: [...options.proven],
      });
      return new CallCrypto(leaf, options.mechanism ?? support.mechanisms[0], link, worker);
    } catch (error) {
      link.close();
      throw error;
    }
  }

  /** @returns the function that takes the listener off again */
  on<N extends EventName>(name: N, listener: (message: EventMessages[N]) => void): () => void {
    return this.#link.events.on(name, listener);
  }

  /**
   * Tells that a browser has left a transform out, after its sender or receiver was cut off. Fall back to the next
   * mechanism, or give the call up.
   *
   * @returns the function that takes the listener off again
   */
  onBypassed(listener: () => void): () => void {
    return this.#attachments.onBypassed(listener);
  }

  /**
   * Hands over what the api has signed; the worker checks all of it, and that it's for this leaf.
   *
   * @param proof a clinician's, with which the leaf then stands in the group
   */
  authorize(
    { credential, name }: Pick<TicketGrant, 'credential' | 'name'>,
    proof: ClinicianProof | null = null,
  ): Promise<AuthorizeOutcome> {
    return this.#link.call('authorize', { credential, name, proof });
  }

  // ── group ──────────────────────────────────────────────────────────────────────────────────────────────────
  /**
   * Opens a new group with this leaf alone, and leaves the one before. Physicians only (`wrongState` otherwise).
   *
   * @param incarnation 1 for the visit's first group, one more for each group after it
   */
  async createGroup(incarnation: number): Promise<{ groupId: GroupId }> {
    return this.#link.call('createGroup', { incarnation });
  }

  /** A fresh key package for `visit:enter`. Its private keys serve for one Welcome and are then destroyed. */
  async keyPackage(): Promise<Uint8Array<ArrayBuffer>> {
    return (await this.#link.call('keyPackage', {})).keyPackage;
  }

  /**
   * Prepares a commit that adds people and takes leaves out; an older leaf of a person who is added goes too. It
   * counts once `commitAccepted` is called, and only one can be pending.
   */
  add(joiners: readonly Joiner[], remove: readonly LeafRef[] = []): Promise<CommitProposal> {
    return this.#link.call('commit', { add: [...joiners], remove: [...remove], update: false });
  }

  remove(members: readonly LeafRef[]): Promise<CommitProposal> {
    return this.#link.call('commit', { add: [], remove: [...members], update: false });
  }

  /** A commit that only renews this leaf's keys: due every 5 minutes, since sealing stops after 6. */
  update(): Promise<CommitProposal> {
    return this.#link.call('commit', { add: [], remove: [], update: true });
  }

  /** Signaling has accepted the pending commit. */
  commitAccepted(): Promise<EpochChange> {
    return this.#link.call('commitAccepted', {});
  }

  /** Signaling has refused the pending commit (`conflict`): it is dropped. */
  async commitRejected(): Promise<void> {
    await this.#link.call('commitRejected', {});
  }

  /**
   * Whoever was to go by a commit that was never accepted may stay. Without this word sealing stops 3 s after such a
   * commit was made, as long as that leaf is in the group.
   */
  async withdrawRemoval(leaf: LeafThumbprint): Promise<void> {
    await this.#link.call('withdrawRemoval', { leaf });
  }

  /** Takes a commit in delivery order; one's own pending commit coming back is adopted. */
  processCommit(commit: OrderedCommit): Promise<CommitOutcome> {
    return this.#link.call('processCommit', commit);
  }

  joinWelcome(welcome: ServerMessage<'mls:welcome'>): Promise<JoinOutcome> {
    return this.#link.call('joinWelcome', welcome);
  }

  // ── inside the group ───────────────────────────────────────────────────────────────────────────────────────
  processApplication(message: Omit<ServerMessage<'mls:application'>, 'groupId'>): Promise<ApplicationOutcome> {
    return this.#link.call('processApplication', { from: message.from, message: message.message });
  }

  /**
   * @param tracks all tracks of this leaf, not only new ones; a number keeps its kind
   * @returns the message for `mls:application`
   */
  async announceTracks(tracks: readonly AnnouncedTrack[]): Promise<Uint8Array<ArrayBuffer>> {
    return (await this.#link.call('announceTracks', { tracks: [...tracks] })).message;
  }

  /** @returns the message for `mls:application` that tells the members this person's name */
  async introduce(): Promise<Uint8Array<ArrayBuffer>> {
    return (await this.#link.call('introduce', {})).message;
  }

  // ── comparing codes ────────────────────────────────────────────────────────────────────────────────────────
  /**
   * Starts a comparison with everybody in the group, unless one is open. How it goes is told by `comparison`; each
   * `comparisonDue` asks for the messages that it needs. An epoch that ends it begins it anew, three times at most.
   *
   * @throws CallCryptoError `wrongState` if nobody else is in the group
   */
  async compare(): Promise<void> {
    await this.#link.call('compare', {});
  }

  /**
   * @param again also what was said in this round before: after a connection was lost
   * @returns the messages for `mls:application`, in this order, good for the epoch that the worker is in
   */
  async comparisonMessages(again = false): Promise<Uint8Array<ArrayBuffer>[]> {
    return (await this.#link.call('comparisonMessages', { again })).messages;
  }

  /**
   * What the user says of a round's code, or that they don't go on with it. Without effect if another round has taken
   * its place.
   *
   * @throws CallCryptoError `wrongState` for a word on a code that isn't complete
   */
  async answerComparison(round: ComparisonRoundId, answer: 'same' | 'different' | 'stopped'): Promise<void> {
    await this.#link.call('answerComparison', { round, answer });
  }

  // ── chat ───────────────────────────────────────────────────────────────────────────────────────────────────
  /**
   * Says a text to everybody in the group; `chatDelivery` tells what becomes of it. It is kept in the worker alone, until
   * it's delivered or has failed.
   *
   * @param text as `chat` will tell it: to be shown as text and nothing else. Lines end in `\n`
   */
  say(text: string): Promise<SayOutcome> {
    return this.#link.call('say', { text });
  }

  /**
   * Tries a text that has failed once more: nobody is told it twice.
   *
   * @throws CallCryptoError `wrongState` unless it has failed, and all who are in the group were when it was said
   */
  async sayAgain(id: ChatMessageId): Promise<void> {
    await this.#link.call('sayAgain', { id });
  }

  /**
   * To be called at each `chatDue`: texts, and acknowledgements of the others'. None while sealing is stopped.
   *
   * @param again also all that isn't acknowledged: after a connection was lost
   * @returns the messages for `mls:application`, in this order, good for the epoch that the worker is in
   */
  async chatMessages(again = false): Promise<Uint8Array<ArrayBuffer>[]> {
    return (await this.#link.call('chatMessages', { again })).messages;
  }

  // ── recording ──────────────────────────────────────────────────────────────────────────────────────────────
  /**
   * Asks everybody in the group to agree that the visit is recorded, and agrees for this leaf. How it goes is told by
   * `recording`; each `recordingDue` asks for the messages that it needs. The same terms again, by a new leaf of the same
   * person, go on with that recording.
   *
   * @param language in which the user read what is asked
   * @throws CallCryptoError `wrongState` unless this leaf is a clinician's with a proof, others are in the group, nobody
   *   else's recording is open, and the terms are of this visit and person
   */
  async askToRecord(terms: RecordingTerms, language: ConsentLanguage): Promise<void> {
    await this.#link.call('askToRecord', { terms, language });
  }

  /** The user's yes, signed with the leaf's key, or no. Nothing happens if that recording doesn't wait for it. */
  async answerRecording(recording: RecordingId, isYes: boolean, language: ConsentLanguage): Promise<void> {
    await this.#link.call('answerRecording', { recording, isYes, language });
  }

  /** Ends the recording for everybody, by whoever takes their yes back, or by who asked. */
  async withdrawFromRecording(recording: RecordingId): Promise<void> {
    await this.#link.call('withdrawFromRecording', { recording });
  }

  /**
   * To be called at each `recordingDue`.
   *
   * @param again also all that was said before: after a connection was lost
   * @returns the messages for `mls:application`, in this order, good for the epoch that the worker is in
   */
  async recordingMessages(again = false): Promise<Uint8Array<ArrayBuffer>[]> {
    return (await this.#link.call('recordingMessages', { again })).messages;
  }

  /**
   * Hands a copy of each clear frame to whoever has the port's other end (`@sotto/e2ee/tapMessages`), own ones as they are
   * sent, while everybody in the group agrees: none otherwise. Takes the place of a port before.
   *
   * @throws CallCryptoError `wrongState` unless this leaf has asked and all have agreed once, or when it was stopped
   */
  async record(port: MessagePort): Promise<void> {
    await this.#link.call('record', { port }, [port]);
  }

  /** Ends one's own recording: no frame that comes after this was answered is handed over; the port is told `ended`. */
  async stopRecording(): Promise<void> {
    await this.#link.call('stopRecording', {});
  }

  // ── media ──────────────────────────────────────────────────────────────────────────────────────────────────
  /**
   * Seals what a sender encodes. To be called in the very task that makes the sender (mediasoup-client's
   * `onRtpSender`): by the time that it returns, no clear frame can leave. Later is too late in some browsers; it
   * fails for a sender that has a transport, and a bypass that's seen afterwards is cut off (`onBypassed`).
   */
  attachSender(sender: RTCRtpSender, options: { track: number; kind: MediaKind }): Promise<AttachOutcome> {
    return this.#attachments.attach(sender, { side: 'sender', ...options });
  }

  /**
   * Opens what a receiver gets, and drops all else: everything, until the sender's announcement and keys are here. To
   * be called in the very task that brings the receiver (`onRtpReceiver`, the `track` event); play it after `alive`.
   */
  attachReceiver(
    receiver: RTCRtpReceiver,
    options: { producerId: ProducerId; kind: MediaKind },
  ): Promise<AttachOutcome> {
    return this.#attachments.attach(receiver, { side: 'receiver', ...options });
  }

  /** Has a sender's encoder make a key frame of each layer, in browsers in which only the worker can ask for that. */
  async makeKeyFrames(track: number, rids: readonly string[]): Promise<void> {
    await this.#link.call('makeKeyFrames', { track, rids: [...rids] });
  }

  /** Forgets a receiver whose producer or consumer was closed. */
  async detachReceiver(producerId: ProducerId): Promise<void> {
    await this.#attachments.detachReceiver(producerId);
  }

  stats(): Promise<CallCryptoStats> {
    return this.#link.call('stats', {});
  }

  /** Destroys all keys and ends the worker; transforms that are still attached drop everything. No `dead` follows. */
  async close(): Promise<void> {
    this.#attachments.end();
    await this.#link.call('close', {}).catch(() => undefined);
    this.#link.close();
    this.#link.events.clear();
  }
}
