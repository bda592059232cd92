import type { CredentialFault } from '@sotto/e2ee';
import { clockToleranceSeconds } from '@sotto/protocol/credential';
import type { ParticipantId, ProducerId } from '@sotto/protocol/ids';
import { browserStorage } from './browserStorage.ts';
import { createDetailsMeter } from './callDetails.ts';
import { createChatLog } from './chatLog.ts';
import { createDirectoryReader } from './clinicDirectory.ts';
import { mayAdd } from './committerTurn.ts';
import { createConfirmer } from './confirmer.ts';
import type {
  ActionOutcome,
  FailureReason,
  GroupSecurity,
  LocalMedia,
  Self,
  VisitCall,
  VisitCallTarget,
  VisitPhase,
  VisitSnapshot,
} from './contract.ts';
import { createLoudness } from './loudness.ts';
import type { MediaSession } from './mediaSession.ts';
import { type PeopleFacts, projectPeople, projectWaiting, withoutMedia } from './people.ts';
import { createReceptionMonitor } from './reception.ts';
import type { SessionFacts } from './sessionFacts.ts';
import { createSessionKeeper, type SessionKeeper } from './sessionKeeper.ts';
import { createSnapshotStore } from './snapshotStore.ts';
import { openStandingAdmissions } from './standingAdmissions.ts';
import { createTicketSource } from './ticketSource.ts';
import { createVisitChat } from './visitChat.ts';
import { createVisitComparison } from './visitComparison.ts';
import { createVisitDoor } from './visitDoor.ts';
import type { VisitMemory } from './visitMemory.ts';
import { createVisitRecording } from './visitRecording.ts';
import type { VisitSession } from './visitSession.ts';

/** While somebody's frames are awaited the worker is asked often: the first picture is due. */
const watchMs = { awaiting: 100, awaitingLong: 500, steady: 2_000 } as const;
const awaitingLongMs = 10_000;
/** How long it makes sense to try without a connection, before one was in the visit and afterwards. */
const giveUpMs = { joining: 60_000, inVisit: 10 * 60_000 } as const;
const rejoinMs = 15_000;
/** What a goodbye may take before the connection is closed anyway. */
const goodbyeMs = 500;

const initial: VisitSnapshot = {
  phase: { tag: 'connecting' },
  connection: 'ok',
  mediaAvailable: true,
  security: 'connecting',
  comparison: null,
  recording: null,
  chat: [],
  confirmation: null,
  incidents: [],
  self: null,
  people: [],
  waiting: [],
};

/**
 * The engine of one stay in a visit. Makes nothing and connects nowhere until `join`.
 *
 * @param memory of the same visit's stays before in this page
 */
export function createVisitCall(target: VisitCallTarget, memory: VisitMemory): VisitCall {
  const { incidents } = memory;
  const store = createSnapshotStore({ ...initial, incidents: incidents.list() });
  const tickets = createTicketSource(target);
  const chat = createChatLog(() => {
    change({ chat: chat.entries() });
  });
  const loudness = createLoudness();
  const reception = createReceptionMonitor((producer) => current()?.media()?.stats(producer) ?? Promise.resolve(null));
  const details = createDetailsMeter(
    current,
    () => store.get().people,
    () => performance.now(),
  );
  let keeper: SessionKeeper | null = null;
  let devices: LocalMedia | null = null;
  let watchTimer: ReturnType<typeof setTimeout> | undefined;
  let awaitingSince: number | null = null;
  let giveUpTimer: ReturnType<typeof setTimeout> | undefined;
  let measuredAt = 0;
  let forgetIncidents: (() => void) | undefined;
  const confirmer = createConfirmer(target, refresh);
  const door = createVisitDoor(current, () => keeper?.admissions() ?? null, refresh);

  function current() {
    return keeper?.session() ?? null;
  }
  function change(changes: Partial<VisitSnapshot>): void {
    store.set({ ...store.get(), ...changes });
  }

  // ── how it goes ────────────────────────────────────────────────────────────────────────────────────────────
  function onPhase(phase: VisitPhase): void {
    const before = store.get().phase;
    if (isOver(before)) return;
    // A new leaf on its way into the group is a matter of the connection: the visit goes on.
    if (phase.tag === 'entering' && before.tag === 'inVisit') return;
    change({ phase: phase.tag === 'declined' && before.tag === 'inVisit' ? { tag: 'putOut' } : phase });
    if (isOver(phase)) tearDown();
    else refresh();
  }

  function onFailed(reason: FailureReason, fault: CredentialFault | null = null): void {
    onPhase({ tag: 'failed', reason, fault });
  }

  function onSelf(self: Self): void {
    change({ self });
  }

  /** Computes the snapshot from what the session knows. */
  function refresh(): void {
    const before = store.get();
    if (isOver(before.phase)) return;
    const session = current();
    const media = session?.media() ?? null;
    const facts = session?.facts();
    const confirmation = confirmer.confirmation();
    const isConnected = confirmation !== null || (facts?.connected === true && (media?.connected() ?? true));
    // Before a new leaf has entered, what the one before knew of the people still holds.
    const known = session && media && before.self && facts?.roster.length ? factsOf(session, media, before.self) : null;
    if (session && before.self?.role === 'physician') door.readmit(session);
    const people = known ? projectPeople(known, before.people) : withoutMedia(before.people);
    if (people !== before.people) loudness.watch(new Set(people.flatMap(microphoneTracks)));
    if (known) {
      const { compared } = known;
      const over = timedOut(before.people);
      incidents.follow(known.inGroup ? known.members : null, people, before.self, { compared, over });
    }
    change({
      connection: connectionOf(isConnected || before.phase.tag === 'connecting'),
      mediaAvailable: media?.available() ?? true,
      security: securityOf(facts?.inGroup === true && facts.sealing),
      people,
      confirmation,
      comparison: facts?.comparison ?? null,
      recording: facts?.inGroup === true ? facts.recording : null,
      waiting: known && before.self?.role === 'physician' ? projectWaiting(known, before.waiting) : before.waiting,
    });
    watchConnection(confirmation !== null || facts?.connected === true);
    const awaits = people.some(
      (person) => person.microphone.state === 'connecting' || person.camera.state === 'connecting',
    );
    if (awaits === (awaitingSince !== null)) return;
    awaitingSince = awaits ? performance.now() : null;
    scheduleWatch();
  }

  function factsOf(session: VisitSession, media: MediaSession, self: Self): PeopleFacts & SessionFacts {
    return {
      ...session.facts(),
      self: self.participantId,
      producers: media.producers(),
      receiving: media.receiving(),
      hasOpened: (producer) => session.openings.hasOpened(producer),
      isStuck: (producer) => session.openings.isStuck(producer),
      isStalled: (producer) => session.openings.isStalled(producer),
      quality: reception.quality(),
      // Only a host decides about the door; for the others everybody inside is a person of the visit.
      mayBeAdded: (person) =>
        self.role !== 'physician' ||
        mayAdd(self.role, person, (...admitted) => keeper?.admissions()?.has(...admitted) ?? false),
    };
  }

  function connectionOf(isConnected: boolean): VisitSnapshot['connection'] {
    if (keeper?.lastLoss() === 'removed') return 'removed';
    return isConnected ? 'ok' : 'reconnecting';
  }

  function securityOf(isSealing: boolean): GroupSecurity {
    if (memory.isDistrusted()) return 'distrusted';
    if (isSealing) return 'encrypted';
    return keeper?.lastLoss() === 'rejected' ? 'cantVerify' : 'connecting';
  }

  function watchConnection(isConnected: boolean): void {
    if (isConnected) {
      clearTimeout(giveUpTimer);
      giveUpTimer = undefined;
      return;
    }
    giveUpTimer ??= setTimeout(
      () => {
        onFailed('unreachable');
      },
      store.get().phase.tag === 'inVisit' ? giveUpMs.inVisit : giveUpMs.joining,
    );
  }

  /** Follows the worker's counters: what opens, what doesn't, how well it arrives. */
  async function watch(): Promise<void> {
    const session = current();
    if (session) {
      const stats = await session.stats().catch(() => null);
      const now = performance.now();
      const media = session.media();
      const isDue = (producer: ProducerId) => session.facts().connected && media?.isDue(producer) === true;
      let changed = stats !== null && session.openings.take(stats, isDue, now);
      if (now - measuredAt >= watchMs.steady) {
        measuredAt = now;
        changed = (await reception.measure(session.facts().tracks)) || changed;
      }
      if (changed && session === current()) refresh();
    }
    scheduleWatch();
  }

  function scheduleWatch(): void {
    clearTimeout(watchTimer);
    if (keeper === null) return;
    const isNew = awaitingSince !== null && performance.now() - awaitingSince < awaitingLongMs;
    const awaitingMs = isNew ? watchMs.awaiting : watchMs.awaitingLong;
    watchTimer = setTimeout(() => void watch(), awaitingSince === null ? watchMs.steady : awaitingMs);
  }

  function onNetwork(): void {
    current()?.networkChanged();
  }

  function tearDown(): void {
    clearTimeout(watchTimer);
    clearTimeout(giveUpTimer);
    globalThis.removeEventListener('online', onNetwork);
    loudness.close();
    keeper?.close();
    keeper = null;
    forgetIncidents?.();
    chat.clear();
    confirmer.close();
    change({ people: [], waiting: [], security: 'connecting', comparison: null, recording: null, confirmation: null });
  }

  // ── actions ────────────────────────────────────────────────────────────────────────────────────────────────
  async function repair(participantId: ParticipantId): Promise<ActionOutcome> {
    const session = current();
    const media = session?.media();
    if (!session || !media) return 'failed';
    const producers = session.facts().tracks.filter((track) => track.participantId === participantId);
    await media.renew(producers.map((track) => track.producerId));
    return 'done';
  }

  function rejoin(): Promise<ActionOutcome> {
    if (keeper === null) return Promise.resolve('failed');
    keeper.renew();
    return new Promise((resolve) => {
      const timer = setTimeout(finish, rejoinMs, 'failed');
      const unsubscribe = store.subscribe(() => {
        if (isOver(store.get().phase)) finish('failed');
        else if (current()?.facts().inGroup === true) finish('done');
      });
      function finish(outcome: ActionOutcome): void {
        clearTimeout(timer);
        unsubscribe();
        resolve(outcome);
      }
    });
  }

  async function endForEveryone(): Promise<ActionOutcome> {
    // The clinic first: ended there, no ticket and no link leads back in, whatever signaling does or forgets.
    const ended = await tickets.end();
    if (ended.tag !== 'answer') return 'failed';
    // Sooner than the clinic tells signaling, which it does also where this connection is lost.
    await current()?.request('visit:end', {});
    if (!isOver(store.get().phase)) onPhase({ tag: 'ended', reason: 'endedByHost' });
    return 'done';
  }

  async function leave(): Promise<void> {
    const session = current();
    if (isOver(store.get().phase)) return;
    change({ phase: { tag: 'left' } });
    await Promise.race([session?.request('visit:leave', {}), new Promise((resolve) => setTimeout(resolve, goodbyeMs))]);
    tearDown();
  }

  return {
    subscribe: (listener) => store.subscribe(listener),
    getSnapshot: () => store.get(),
    level(participantId) {
      const person = store.get().people.find((one) => one.participantId === participantId);
      const [track] = person ? microphoneTracks(person) : [];
      return track ? loudness.of(track) : 0;
    },
    join(media: LocalMedia) {
      if (keeper !== null || isOver(store.get().phase)) return;
      devices = media;
      keeper = createSessionKeeper({
        tickets,
        media,
        chat,
        admissions: (visitId) => openStandingAdmissions(visitId, browserStorage('sessionStorage')),
        onSelf,
        onPhase,
        onFailed,
        incidents,
        directory: createDirectoryReader(browserStorage('localStorage')),
        prove: confirmer.prove,
        proven: (visitId) => memory.open(visitId),
        onCompared: (result) => {
          memory.compared(result);
        },
        onChange: refresh,
      });
      forgetIncidents = incidents.subscribe(() => {
        change({ incidents: incidents.list() });
      });
      globalThis.addEventListener('online', onNetwork);
      keeper.start();
      refresh();
      void watch();
    },
    admit: door.admit,
    decline: door.decline,
    putOut: door.putOut,
    repair,
    rejoin,
    ...createVisitComparison(current),
    ...createVisitChat(chat, current),
    recording: createVisitRecording(current, () => devices),
    details: () => details.measure(),
    dismiss: (incident) => {
      incidents.dismiss(incident);
    },
    confirm() {
      confirmer.answer('sign');
    },
    goWithout() {
      confirmer.answer('without');
    },
    endForEveryone,
    leave: () => void leave(),
    dispose() {
      if (!isOver(store.get().phase)) change({ phase: { tag: 'left' } });
      tearDown();
    },
  };
}

const over: ReadonlySet<VisitPhase['tag']> = new Set(['declined', 'putOut', 'ended', 'replaced', 'left', 'failed']);

function isOver(phase: VisitPhase): boolean {
  return over.has(phase.tag);
}

/** Guests whose time is over, or about to be: members' clocks differ. */
function timedOut(people: VisitSnapshot['people']): ReadonlySet<ParticipantId> {
  const now = Date.now() + clockToleranceSeconds * 1000;
  return new Set(
    people.filter(({ until }) => until !== null && until <= now).map(({ participantId }) => participantId),
  );
}

function microphoneTracks(person: VisitSnapshot['people'][number]): MediaStreamTrack[] {
  return person.microphone.state === 'live' ? person.microphone.stream.getAudioTracks() : [];
}
