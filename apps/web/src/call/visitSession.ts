import {
  CallCrypto,
  type CallCryptoEvents,
  type ComparisonRoundId,
  type CredentialFault,
  deriveGroupId,
  type Mechanism,
} from '@sotto/e2ee';
import type { ClientConfig } from '@sotto/protocol/clinic';
import type { ClinicianProof } from '@sotto/protocol/clinicianProof';
import type { LeafThumbprint, ParticipantId, VisitId } from '@sotto/protocol/ids';
import { createBackoff, randomFraction } from './backoff.ts';
import type { ChatLog } from './chatLog.ts';
import type { ClinicDirectory } from './clinicDirectory.ts';
import type { ComparisonAnswer, FailureReason, LeafProof, LocalMedia, Self, VisitPhase } from './contract.ts';
import { createGroupSession, type GroupSession, type LeafLoss } from './groupSession.ts';
import { takeAdmissionBack } from './guestMisdeed.ts';
import type { Incidents } from './incidents.ts';
import { createMediaSession, type MediaSession } from './mediaSession.ts';
import { createOpenings, type Openings } from './openings.ts';
import type { ProvenPeople } from './provenPeople.ts';
import { nothingKnown, type SessionFacts } from './sessionFacts.ts';
import { followTalk } from './sessionTalk.ts';
import { type IncomingMessage, openSignaling, type SignalingClient, type TicketOutcome } from './signalingClient.ts';
import type { StandingAdmissions } from './standingAdmissions.ts';
import type { TicketSource } from './ticketSource.ts';
import { whyNotEntered, whyRefused } from './whyRefused.ts';

export interface VisitSessionOptions {
  readonly config: ClientConfig;
  readonly visitId: VisitId;
  readonly tickets: TicketSource;
  readonly media: LocalMedia;
  readonly admissions: StandingAdmissions;
  readonly mechanism: Mechanism;
  readonly welcomeMs: number;
  /** Outlives this leaf. */
  readonly chat: ChatLog;
  readonly directory: ClinicDirectory;
  /** A clinician's passkey answers for this leaf, or null. */
  readonly prove: (leaf: LeafThumbprint) => Promise<ClinicianProof | null>;
  readonly onSelf: (self: Self) => void;
  readonly onPhase: (phase: VisitPhase) => void;
  readonly onFailed: (reason: FailureReason, fault?: CredentialFault) => void;
  /** Who stood in the visit as a clinician of the directory. Outlives this leaf. */
  readonly proven: ProvenPeople;
  /** Told what was refused. */
  readonly incidents: Pick<Incidents, 'keptOut' | 'refusedChange'>;
  /** Somebody has compared codes: they were equal, or not. */
  readonly onCompared: (result: 'same' | 'different') => void;
  /** This leaf is dead; the person needs another session. */
  readonly onLeafLost: (loss: LeafLoss) => void;
  /** Transforms of this mechanism don't work here. */
  readonly onUnsealable: () => void;
  /** Something of the facts changed. */
  readonly onChange: () => void;
}

/** One leaf's life in a visit: its worker, its connection, its place in the group, its media. */
export interface VisitSession {
  readonly openings: Openings;
  facts(): SessionFacts;
  media(): MediaSession | null;
  request: SignalingClient['request'];
  stats: CallCrypto['stats'];
  /** Rejects when the worker can't: nobody else is in the group, or it is gone. */
  compare(): Promise<void>;
  answerComparison(round: ComparisonRoundId, answer: ComparisonAnswer): Promise<void>;
  say: CallCrypto['say'];
  sayAgain: CallCrypto['sayAgain'];
  /** False where nobody of that id is in the group. */
  putOut(participantId: ParticipantId): boolean;
  readonly recording: Pick<
    CallCrypto,
    'answerRecording' | 'askToRecord' | 'record' | 'stopRecording' | 'withdrawFromRecording'
  >;
  /** The passkey's word for this leaf; null if there is none. */
  proof(): LeafProof | null;
  /** Somebody was let in here: a request to be added may be waiting for that. */
  admissionsChanged(): void;
  /** The network is back or another one. */
  networkChanged(): void;
  /** Leaves the connection without a word, destroys the keys. */
  close(): void;
}

/** @throws CallCryptoError if the worker doesn't start */
export async function openVisitSession(options: VisitSessionOptions): Promise<VisitSession> {
  const { config, visitId, chat } = options;
  const crypto = await CallCrypto.start({
    clinicId: config.clinic.id,
    visitId,
    identityKeys: config.identityKeys,
    directory: options.directory.trust,
    requiresProof: options.directory.demand !== null,
    proven: options.proven.list(),
    mechanism: options.mechanism,
  });
  const openings = createOpenings();
  const refused = new Set<LeafThumbprint>();
  let self: Self | null = null;
  let leafProof: LeafProof | null = null;
  let group: GroupSession | null = null;
  let media: MediaSession | null = null;
  /** Signaling knows this leaf as one to be added, or added. */
  let isEntered = false;
  let closed = false;
  let facts: SessionFacts = {
    ...nothingKnown,
    refused,
    compared: new Set(),
  };

  function learn(changes: Partial<SessionFacts>): void {
    if (closed) return;
    facts = { ...facts, ...changes };
    options.onChange();
  }

  const backoff = createBackoff(500, 8_000, randomFraction);
  const signaling = openSignaling({
    url: config.signalingUrl,
    ticket,
    backoff,
    receive,
    onConnected() {
      learn({ connected: true });
      void enter();
    },
    onLost() {
      learn({ connected: false });
      // A Welcome may have been lost with the connection, and nobody may add the same leaf twice.
      if (isEntered && !facts.inGroup) onLeafLost('notKept');
    },
  });

  async function ticket(): Promise<TicketOutcome> {
    // Before the ticket, which lives for two minutes only: a person takes their time.
    const proof = self === null ? await options.prove(crypto.leaf) : null;
    const answer: Awaited<ReturnType<TicketSource['ticket']>> = closed
      ? { tag: 'later' }
      : await options.tickets.ticket(crypto.leaf);
    if (closed) return { tag: 'giveUp' };
    switch (answer.tag) {
      case 'later':
        return { tag: 'retry' };
      case 'refused':
        options.onFailed(answer.reason);
        return { tag: 'giveUp' };
      case 'answer':
        break;
    }
    const grant = answer.value;
    if (self === null) {
      const outcome = await crypto.authorize(grant, proof);
      if (outcome.tag === 'refused') {
        options.onFailed(...whyRefused(outcome.reason, options.directory));
        return { tag: 'giveUp' };
      }
      const { participantId, role, isProven, expiresAt } = outcome;
      const until = role === 'guest' ? expiresAt * 1000 : null;
      leafProof = proof && { leaf: crypto.leaf, proof };
      self = { participantId, name: grant.name.name, role, isProven, until };
      setUp(self);
      options.onSelf(self);
    }
    return { tag: 'ticket', ticket: grant.ticket };
  }

  function setUp(me: Self): void {
    group = createGroupSession({
      crypto,
      signaling,
      self: { participantId: me.participantId, role: me.role, leaf: crypto.leaf },
      groupIdOf: (incarnation) => deriveGroupId(config.clinic.id, visitId, incarnation),
      isAdmitted: (participant, session) => options.admissions.has(participant, session),
      welcomeMs: options.welcomeMs,
      isPutOut: (participant) => options.admissions.isPutOut(participant),
      onMembership(inGroup) {
        if (inGroup) {
          chat.arrived(Date.now());
          options.onPhase({ tag: 'inVisit' });
          media?.start();
        } else {
          media?.stop();
        }
        learn({ inGroup });
      },
      onNewcomer() {
        group?.tell(() => crypto.introduce());
        announce();
      },
      onRefused(leaf) {
        refused.add(leaf);
        options.onChange();
      },
      onLeafLost,
      now: () => performance.now(),
      unixNow: () => Date.now(),
      random: randomFraction,
    });
    media = createMediaSession({
      crypto,
      signaling,
      self: me.participantId,
      media: options.media,
      backoff: createBackoff(500, 8_000, randomFraction),
      onTracks: announce,
      onUnsealed(why) {
        if (why === 'failed') options.onUnsealable();
        else onLeafLost('silent');
      },
      onWeakSuite() {
        options.onFailed('unsupported');
      },
      onChange: options.onChange,
      onReceiverClosed: (producer) => {
        openings.forget(producer);
      },
    });
  }

  function announce(): void {
    if (!media || media.tracks().length === 0) return;
    group?.tell(() => crypto.announceTracks(media?.tracks() ?? []));
  }

  function onLeafLost(loss: LeafLoss): void {
    if (!closed) options.onLeafLost(loss);
  }

  /** The first request of every connection, and again after an admission. */
  async function enter(): Promise<void> {
    try {
      const answer = await signaling.request('visit:enter', { keyPackage: await crypto.keyPackage() });
      if (closed) return;
      if (answer.ok) {
        backoff.reset();
        if (answer.value.standing === 'waiting') {
          group?.turnedOut();
          return;
        }
        isEntered = true;
        if (!facts.inGroup) options.onPhase({ tag: 'entering' });
        learn({ roster: answer.value.state.roster });
        media?.prepare();
        media?.enter(answer.value.state.producers);
        group?.enter(answer.value.state);
        return;
      }
      const reason = whyNotEntered(answer.code);
      if (reason === null) signaling.reconnectLater(answer.retryAfterMs ?? 0);
      else options.onFailed(reason);
    } catch {
      // The worker is gone: `dead` has been told, or comes.
      onLeafLost('fault');
    }
  }

  function receive(incoming: IncomingMessage): void {
    switch (incoming.event) {
      case 'waiting:status':
        options.onPhase({ tag: 'waiting', ...incoming.message });
        return;
      case 'visit:admitted':
        void enter();
        return;
      case 'visit:declined':
        options.onPhase({ tag: 'declined' });
        return;
      case 'visit:ended':
        options.onPhase({ tag: 'ended', reason: incoming.message.reason });
        return;
      case 'visit:replaced':
        options.onPhase({ tag: 'replaced' });
        return;
      case 'visit:roster':
        group?.setRoster(incoming.message.roster);
        learn({ roster: incoming.message.roster });
        return;
      case 'mls:group':
        group?.group(incoming.message);
        return;
      case 'mls:join':
        refused.delete(incoming.message.leaf);
        group?.join(incoming.message);
        return;
      case 'mls:remove':
        group?.remove(incoming.message);
        return;
      case 'mls:commit':
        group?.commit(incoming.message);
        return;
      case 'mls:welcome':
        group?.welcome(incoming.message);
        return;
      case 'mls:application':
        group?.application(incoming.message);
        return;
      case 'sfu:producer':
      case 'sfu:producerPaused':
      case 'sfu:producerClosed':
      case 'sfu:consumerClosed':
      case 'sfu:consumerLayers':
      case 'sfu:moved':
      case 'sfu:unavailable':
        media?.receive(incoming);
        return;
    }
  }

  crypto.on('members', ({ members }) => {
    options.proven.remember(members);
    group?.setMembers(members);
    chat.named(members);
    learn({ members });
  });
  crypto.on('endings', ({ members: endings }) => {
    group?.setEndings(endings);
    learn({ endings });
  });
  crypto.on('tracks', ({ tracks }) => {
    media?.announce(tracks);
    learn({ tracks });
  });
  crypto.on('credentialRefused', ({ person, reason }) => {
    const isRemembered = reason === 'noProof' && options.directory.demand === 'memory';
    if (!closed) options.incidents.keptOut(person, isRemembered ? 'rememberedDemand' : reason);
  });
  crypto.on('commitRefused', ({ by, reason }) => {
    takeAdmissionBack(by, facts.members, options.admissions);
    if (!closed) options.incidents.refusedChange(by, reason);
  });
  followTalk({
    ...{ crypto, chat, learn },
    group: () => group,
    members: () => facts.members,
    isClosed: () => closed,
    onCompared: options.onCompared,
  });
  crypto.on('sealing', (sealing) => {
    learn({ sealing: sealing.tag === 'sealing' });
  });
  crypto.on('trouble', (event: CallCryptoEvents['trouble']) => {
    openings.trouble(event, performance.now());
    if (event.reason === 'unknownKey' || event.reason === 'notAuthentic') group?.doubt();
  });
  crypto.on('needKeyFrame', ({ producerId }) => {
    void media?.requestKeyFrame(producerId);
  });
  crypto.onBypassed(options.onUnsealable);
  crypto.on('dead', () => {
    onLeafLost('fault');
  });

  return {
    openings,
    facts: () => facts,
    media: () => media,
    request: (event, request) => signaling.request(event, request),
    stats: () => crypto.stats(),
    compare: () => crypto.compare(),
    answerComparison: (round, answer) => crypto.answerComparison(round, answer),
    say: (text) => crypto.say(text),
    sayAgain: (id) => crypto.sayAgain(id),
    putOut: (participantId) => group?.putOut(participantId) ?? false,
    recording: crypto,
    proof: () => leafProof,
    admissionsChanged: () => group?.reconsider(),
    networkChanged() {
      signaling.retryNow();
      media?.restartIce();
    },
    close() {
      if (!closed) chat.leafGone();
      closed = true;
      group?.close();
      media?.stop();
      signaling.close();
      void crypto.close();
    },
  };
}
