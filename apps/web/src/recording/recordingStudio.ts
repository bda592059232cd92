import type { RecordingState } from '@sotto/e2ee';
import { maxConsents, type RecordingReason, type RecordingTerms, recordingTerms } from '@sotto/protocol/consent';
import type { ParticipantId, RecordingId, StaffId, VisitId } from '@sotto/protocol/ids';
import { createBackoff, randomFraction } from '../call/backoff.ts';
import type { ActionOutcome, CallRecording, VisitSnapshot } from '../call/contract.ts';
import { createSerialQueue } from '../call/serialQueue.ts';
import { instantOf } from '../keystore/acts.ts';
import { fromBase64url, randomId, toBase64url } from '../keystore/bytes.ts';
import { isPassing } from '../keystore/errors.ts';
import { newObjectKey } from '../keystore/objectKey.ts';
import type { Pins } from '../keystore/pins.ts';
import { hasRoom, keepStorage } from './deviceRoom.ts';
import { earlierRuns } from './earlierRuns.ts';
import { createEncoding, type Encoding, tracksOf } from './encodedAnew.ts';
import { consentHashOf } from './evidence.ts';
import { type RecorderHandle, startRecorder } from './recorderHandle.ts';
import { holdRecorder, type RecorderLock } from './recorderLock.ts';
import { type BookedRecording, type BookedTrack, openRecordingBook, type RecordingBook } from './recordingBook.ts';
import { touchMs } from './resumedZero.ts';
import { createTimeline, pageClocks, type Timeline } from './timeline.ts';

type Language = Parameters<CallRecording['ask']>[1];

interface StudioOptions {
  readonly call: {
    readonly recording: CallRecording;
    subscribe(listener: () => void): () => void;
    getSnapshot(): VisitSnapshot;
  };
  readonly visit: VisitId;
  readonly staff: StaffId;
  readonly pins: Pins;
  readonly language: Language;
  /** There is something to be stored. */
  readonly onKept: () => void;
  /** This browser doesn't promise to keep what isn't stored yet. */
  readonly onUnpromised: () => void;
  /** Why nothing is recorded any more, or can't be; or that it's not of everybody. */
  readonly onTrouble: (trouble: StudioTrouble) => void;
}

/** `full`: there is no room any more on this device; `noRoom`: too little to begin. `fault`: recording broke. `noKey`: the clinic gave no key to seal with. `oneMissing`: the others are recorded. */
export type StudioTrouble = 'full' | 'noRoom' | 'fault' | 'noKey' | 'oneMissing';

/** Records one visit in the browser of who asks: from the question to the last part that was kept. */
export interface RecordingStudio {
  ask(reason: RecordingReason): Promise<ActionOutcome>;
  /** The page goes: what was recorded is ended and kept. */
  close(): void;
}

/** How long the page before this one may take to go. */
const handoverMs = 3_000;

export function createRecordingStudio(options: StudioOptions): RecordingStudio {
  const { call, visit, staff, pins, language } = options;
  const queue = createSerialQueue(() => {
    void end();
    options.onTrouble('fault');
  });
  const opened = openRecordingBook();
  let terms: RecordingTerms | null = null;
  let recorder: RecorderHandle | null = null;
  let timeline: Timeline | null = null;
  let encoding: Encoding | null = null;
  /** Whose object the recorder has. */
  const added = new Set<ParticipantId>();
  /** The leaf whose tap the recorder listens to. */
  let tapped: string | null = null;
  let touchTimer: ReturnType<typeof setInterval> | undefined;
  /** Held from the question to the end: no other page goes on with it, or settles it. */
  let lock: RecorderLock | null = null;
  /** Set while the clinic is to be asked again for a key. */
  let keyTimer: ReturnType<typeof setTimeout> | undefined;
  const backoff = createBackoff(1_000, 30_000, randomFraction);
  let isClosed = false;
  let isResuming = false;

  async function ask(reason: RecordingReason): Promise<ActionOutcome> {
    const asked = await askEverybody(reason);
    if (asked === 'noRoom') options.onTrouble('noRoom');
    return asked === 'done' ? 'done' : 'failed';
  }

  async function askEverybody(reason: RecordingReason): Promise<ActionOutcome | 'noRoom'> {
    const { self } = call.getSnapshot();
    if (self === null) return 'failed';
    // One that couldn't go on is over.
    if (terms !== null) await end();
    if (!(await hasRoom())) return 'noRoom';
    // Some browsers ask the user: nobody waits for that.
    void keepStorage().then((isPromised) => {
      if (!isPromised) options.onUnpromised();
    });
    const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
    if (!('privateKey' in pair)) return 'failed';
    const next = recordingTerms.parse({
      type: 'sotto/recording/v1',
      clinic: pins.clinic,
      visit,
      recording: randomId(),
      askedBy: self.participantId,
      reason,
      wording: 'recording-1',
      recorderKey: toBase64url(new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))),
      askedAt: instantOf(new Date()),
    });
    const book = await opened;
    lock = await holdRecorder(next.recording, handoverMs);
    if (lock === null) return 'failed';
    await book.put({
      ...{ terms: next, staff, recorderKey: pair.privateKey, consents: [], recorders: [], tracks: [], zero: null },
      state: 'asked',
      touchedAt: Date.now(),
    });
    terms = next;
    const asked = await call.recording.ask(next, language);
    if (asked === 'failed') await forget(book, next.recording);
    return asked;
  }

  async function forget(book: RecordingBook, id: RecordingId): Promise<void> {
    const booked = await book.get(id);
    if (booked !== null) await book.remove(booked);
    terms = null;
    await lock?.release();
    lock = null;
  }

  /** What a page before this one has begun in this visit goes on. */
  async function resume(): Promise<void> {
    const book = await opened;
    const found = (await book.list()).filter((one) => one.staff === staff && one.terms.visit === visit);
    const open = found.filter(({ state }) => state !== 'ended').sort((a, b) => a.touchedAt - b.touchedAt);
    const latest = open.filter(({ state }) => state === 'runs').at(-1);
    for (const one of open) {
      const { recording: id } = one.terms;
      const held = await holdRecorder(id, handoverMs);
      // Another page makes it, or settles it.
      if (held === null) continue;
      // The page before may have ended it as it went. Of two that ran, the older is over.
      if (one === latest && (await book.get(id))?.state === 'runs') {
        terms = one.terms;
        lock = held;
      } else {
        await endBooked(book, id);
        await held.release();
      }
    }
  }

  function follow(): void {
    if (isClosed) return;
    encode();
    noteStop();
    queue.run(async () => {
      if (!isResuming) {
        isResuming = true;
        await resume();
      }
      const { recording, self, people, phase } = call.getSnapshot();
      if (terms === null || phase.tag !== 'inVisit' || self === null) return;
      if (recording?.terms.recording !== terms.recording || !recording.isOwn) {
        await askAgain(recording, self.isProven, people.length);
        return;
      }
      await take(recording);
    });
  }

  /** Before all that waits in the queue, too: what isn't allowed any more ends at once. */
  function encode(): void {
    const { recording } = call.getSnapshot();
    const isOwn = recording?.isOwn === true && recording.terms.recording === terms?.recording;
    encoding?.follow(isOwn && recording.progress.tag === 'recording' ? recording.agreed : null);
  }

  /** Before all that waits in the queue: a page that dies now isn't gone on with. */
  function noteStop(): void {
    const { recording } = call.getSnapshot();
    const id = terms?.recording;
    if (id === undefined || recording?.isOwn !== true || recording.terms.recording !== id) return;
    if (recording.progress.tag !== 'stopped') return;
    opened
      .then((book) => endBooked(book, id))
      .catch(() => {
        options.onTrouble('fault');
      });
  }

  /** A new leaf of this person, or a page that was loaded anew, goes on with the same recording. */
  async function askAgain(recording: RecordingState | null, isProven: boolean, others: number): Promise<void> {
    if (terms === null || !isProven || others === 0) return;
    // Somebody has stopped it meanwhile, or another one runs.
    const isForeign = recording !== null && !recording.isOwn && recording.progress.tag !== 'stopped';
    if (isForeign) await end();
    else if (await isSpent(terms.recording, others + 1)) await askAnew(terms);
    else await call.recording.ask(terms, language);
  }

  /** Whether no more yeses fit into its evidence: with one too many it couldn't be registered at all. */
  async function isSpent(id: RecordingId, more: number): Promise<boolean> {
    const booked = await (await opened).get(id);
    return booked !== null && booked.consents.length + more > maxConsents;
  }

  /** What was recorded is whole; everybody is asked for another one. */
  async function askAnew({ reason }: RecordingTerms): Promise<void> {
    await end();
    const asked = await askEverybody(reason);
    // Nobody waits for this answer: what was recorded has ended, and its user is to know.
    if (asked !== 'done') options.onTrouble(asked === 'noRoom' ? 'noRoom' : 'fault');
  }

  async function take({ progress, consents, agreed }: RecordingState): Promise<void> {
    if (terms === null) return;
    const book = await opened;
    const { recording: id } = terms;
    const proof = call.recording.proof();
    const known = new Set((await book.get(id))?.consents.map(({ consent }) => consent.leaf));
    const more = consents.filter(({ consent }) => !known.has(consent.leaf));
    if (known.size > 0 && (await isSpent(id, more.length))) {
      await askAnew(terms);
      return;
    }
    await book.change(id, (before) => ({
      ...before,
      consents: merged(before.consents, consents, ({ consent }) => consent.leaf),
      recorders: merged(before.recorders, proof ? [proof] : [], ({ leaf }) => leaf),
    }));
    switch (progress.tag) {
      case 'stopped':
        await end();
        return;
      case 'agreed':
      case 'recording':
        if (
          await prepare(
            book,
            id,
            agreed.map(({ participantId }) => participantId),
          )
        )
          await begin(progress.tag);
        return;
      case 'asking':
      case 'paused':
      case 'interrupted':
        return;
    }
  }

  /** Everybody who has agreed has an object, and the recorder knows it. */
  async function prepare(book: RecordingBook, id: RecordingId, people: readonly ParticipantId[]): Promise<boolean> {
    const booked = await book.get(id);
    if (booked === null || booked.state === 'ended') return false;
    timeline ??= createTimeline(booked, pageClocks);
    const { zero } = timeline;
    const noted = timeline.note();
    await book.change(id, (one) => (one.state === 'ended' ? one : { ...one, ...noted, state: 'runs' }));
    if (recorder === null) {
      const started = startRecorder({
        onHeard: (participant) => encoding?.heard(participant),
        onSpoilt: (participant, began) => encoding?.spoilt(participant, began),
        onWish: (leaf, track) => call.recording.requestKeyFrame(leaf, track),
        onSlept(ms) {
          timeline?.slept(ms);
          void touch();
        },
        onPart() {
          void touch();
          options.onKept();
        },
        onFailed(reason) {
          options.onTrouble(reason);
          queue.run(end);
        },
      });
      recorder = started;
      encoding = createEncoding({
        tracks: (participant) => tracksOf(call, participant),
        onPiece(piece) {
          started.encodedAnew(piece);
        },
        onTrouble: () => options.onTrouble('oneMissing'),
        now: pageClocks.monotonic,
      });
      touchTimer = setInterval(() => void touch(), touchMs);
    }
    for (const participant of people) {
      if (added.has(participant)) continue;
      const track =
        booked.tracks.find((one) => one.participant === participant) ?? (await mint(book, booked, participant));
      if (track === null) return false;
      await add(book, id, track, zero);
    }
    return true;
  }

  async function mint(book: RecordingBook, { terms: of }: BookedRecording, participant: ParticipantId) {
    if (keyTimer !== undefined) return null;
    const minted = await newObjectKey(visit, pins).catch((error: unknown) => (isPassing(error) ? 'later' : null));
    if (minted === 'later') {
      keyTimer = setTimeout(() => {
        keyTimer = undefined;
        follow();
      }, backoff.next());
      return null;
    }
    backoff.reset();
    const publicKey = minted && fromBase64url(minted.publicKey);
    if (minted === null || publicKey === null) {
      options.onTrouble('noKey');
      await end();
      return null;
    }
    const { clinic, pseudonym, object } = minted;
    const consent = await consentHashOf(of);
    let track: BookedTrack | null = null;
    await book.change(of.recording, (before) => {
      const number = before.tracks.length;
      const context = { clinic, pseudonym, visit, object, kind: 'recording' as const, track: number, consent };
      track = { participant, context, publicKey };
      return { ...before, tracks: [...before.tracks, track] };
    });
    return track as BookedTrack | null;
  }

  async function add(book: RecordingBook, id: RecordingId, track: BookedTrack, zero: number): Promise<void> {
    const { participant, context, publicKey } = track;
    const earlier = await earlierRuns(book, id, track);
    added.add(participant);
    recorder?.add({ recording: id, participant, context, publicKey, zero, earlier });
  }

  async function begin(tag: 'agreed' | 'recording'): Promise<void> {
    const leaf = call.recording.proof()?.leaf ?? null;
    if (leaf === null || (tag === 'recording' && tapped === leaf)) return;
    const { port1, port2 } = new MessageChannel();
    if ((await call.recording.begin(port1)) === 'failed') return;
    tapped = leaf;
    recorder?.listen(port2);
    encode();
  }

  async function touch(): Promise<void> {
    const [running, noted] = [terms, timeline?.note()];
    if (running !== null && noted !== undefined)
      await (await opened).change(running.recording, (before) => ({ ...before, ...noted }));
  }

  async function end(): Promise<void> {
    const ending = terms;
    terms = null;
    encoding?.close();
    encoding = null;
    clearInterval(touchTimer);
    clearTimeout(keyTimer);
    keyTimer = undefined;
    const running = recorder;
    const held = lock;
    [recorder, timeline, lock, tapped] = [null, null, null, null];
    added.clear();
    try {
      const booked = ending === null ? null : opened.then((book) => endBooked(book, ending.recording));
      // Frames stop first; the recorder then keeps what it has. That takes a while, so it's booked before.
      await Promise.all([call.recording.end(), booked]);
    } finally {
      await running?.end();
      await held?.release();
    }
    if (ending !== null) options.onKept();
  }

  /** What was never begun is forgotten; the rest is over, and to be stored. */
  async function endBooked(book: RecordingBook, id: RecordingId): Promise<void> {
    const booked = await book.get(id);
    if (booked?.state === 'asked') await book.remove(booked);
    else await book.change(id, (before) => ({ ...before, state: 'ended' }));
  }

  const unsubscribe = call.subscribe(follow);
  follow();
  return {
    ask,
    close() {
      unsubscribe();
      queue.run(async () => {
        isClosed = true;
        await end();
      });
    },
  };
}

/** Those that are there stay; others come behind. */
function merged<T>(before: readonly T[], more: readonly T[], key: (one: T) => string): T[] {
  const known = new Set(before.map(key));
  return [...before, ...more.filter((one) => !known.has(key(one)))];
}
