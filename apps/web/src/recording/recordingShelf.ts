import type { RecordingId, StaffId, VisitId } from '@sotto/protocol/ids';
import { inspectManifest, signManifest, VaultError } from '@sotto/vault';
import { createBackoff, randomFraction } from '../call/backoff.ts';
import { instantOf } from '../keystore/acts.ts';
import { fromBase64url, toBase64url } from '../keystore/bytes.ts';
import { EvidenceFault, isPassing } from '../keystore/errors.ts';
import type { Pins } from '../keystore/pins.ts';
import { requireRegistered } from '../keystore/registered.ts';
import { evidenceOf, recorderSigner, rosterOf } from './evidence.ts';
import { type KeptObject, type KeptPart, leafOf, surveyObject } from './keptObject.ts';
import { registerRecording, storedParts, uploadPart } from './partUpload.ts';
import { heldRecordings, withoutRecorder } from './recorderLock.ts';
import { type BookedRecording, type BookedTrack, openRecordingBook, type RecordingBook } from './recordingBook.ts';
import { openKept, removeSpool } from './spoolFolder.ts';

/** What this device still has to store, as pages show it. */
export interface ShelfState {
  /** Recordings that aren't registered yet; the running one isn't among them. */
  readonly waiting: number;
  /** Octets that are stored, and that there are; of all that is kept here. */
  readonly stored: number;
  readonly total: number;
  /** `trying`: something doesn't answer, and is asked again. `failed`: asking again doesn't help by itself. */
  readonly tag: 'idle' | 'storing' | 'trying' | 'failed';
  /** Recordings that were stored and registered while this page was there. */
  readonly finished: number;
}

interface ShelfOptions {
  readonly staff: StaffId;
  readonly pins: Pins;
  /** Its recording may still go on: it's stored as it grows, and not ended. Null on other pages. */
  readonly visit: VisitId | null;
  /** Whether a part may be sent now: the call goes first. */
  readonly mayUpload: () => Promise<boolean>;
}

export interface RecordingShelf {
  readonly subscribe: (listener: () => void) => () => void;
  readonly getSnapshot: () => ShelfState;
  /** There is something new, or a reason to try again. */
  readonly wake: () => void;
  close(): void;
}

/** How long a recording that nobody ended may still be gone on with. */
const resumableMs = 10 * 60_000;
const restMs = 2_000;
/** What grows says so at each part. */
const growingMs = 5_000;
const holdMs = 1_000;

/**
 * Stores what recorders have kept on this device, a part at a time, and registers each recording that has ended. One page
 * at a time does that for one recording. Goes on with what another page, or this one before it was closed, has left.
 */
export function createRecordingShelf(options: ShelfOptions): RecordingShelf {
  const listeners = new Set<() => void>();
  const abort = new AbortController();
  const { signal } = abort;
  const backoff = createBackoff(1_000, 30_000, randomFraction);
  /** Octets that are known to be stored, by object and name. */
  const stored = new Map<string, number>();
  let state: ShelfState = { waiting: 0, stored: 0, total: 0, tag: 'idle', finished: 0 };
  let book: RecordingBook | null = null;
  let wake: () => void = () => undefined;

  function change(changes: Partial<ShelfState>): void {
    if (signal.aborted) return;
    state = { ...state, ...changes };
    for (const listener of [...listeners]) listener();
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const pause = await storeAll().catch(next);
      await Promise.race([woken, new Promise((resolve) => setTimeout(resolve, pause))]);
    }
  }

  /** @returns how long there is nothing to do, in ms */
  async function storeAll(): Promise<number> {
    book ??= await openRecordingBook();
    const own = await ours(book);
    const due = await waitingOf(own);
    await measure(due);
    change({ waiting: due.length, ...(own.length === 0 ? { tag: 'idle', stored: 0, total: 0 } : {}) });
    const calm = due.length === 0 ? growingMs : restMs;
    let pause = calm;
    for (const { terms } of own) {
      try {
        const outcome = await locked(terms.recording, storeOne.bind(null, book, terms.recording));
        if (outcome === 'registered') change({ finished: state.finished + 1 });
        if (outcome !== 'elsewhere') backoff.reset();
      } catch (error) {
        if (signal.aborted) return 0;
        pause = next(error);
      }
    }
    const left = (await waitingOf(await ours(book))).length;
    change({ waiting: left, ...(left === 0 && pause === calm ? { tag: 'idle' } : {}) });
    return pause;
  }

  /** Of this person, but for those that another page makes now. */
  async function ours(from: RecordingBook): Promise<BookedRecording[]> {
    const held = await heldRecordings();
    return (await from.list()).filter(
      ({ staff, state: at, terms: { recording, visit } }) =>
        staff === options.staff && at !== 'asked' && (visit === options.visit || !held.has(recording)),
    );
  }

  /** Those that are over, or that nobody makes any more; one that was cut off may be gone on with for a while. */
  async function waitingOf(own: readonly BookedRecording[]): Promise<BookedRecording[]> {
    const held = await heldRecordings();
    return own.filter((one) => isOver(one) || (one.terms.visit !== options.visit && !held.has(one.terms.recording)));
  }

  function next(error: unknown): number {
    // What is damaged stays so.
    const isWorthIt = !(error instanceof VaultError) && isPassing(error);
    change({ tag: isWorthIt ? 'trying' : 'failed' });
    return isWorthIt ? backoff.next() : 60_000;
  }

  function isOver({ state: at, terms, touchedAt }: BookedRecording): boolean {
    if (at === 'ended') return true;
    // A clock that was set back doesn't keep it waiting.
    return at === 'runs' && terms.visit !== options.visit && Math.abs(Date.now() - touchedAt) > resumableMs;
  }

  async function storeOne(from: RecordingBook, id: RecordingId): Promise<'registered' | 'grows' | 'elsewhere'> {
    const recording = await from.get(id);
    if (recording === null) return 'grows';
    if (!isOver(recording)) {
      for (const track of recording.tracks) await storeWhole(recording, track);
      return 'grows';
    }
    return withoutRecorder(id, async () => {
      // Whoever made it until now may have gone on with it since it was read.
      const last = await from.get(id);
      if (last === null || !isOver(last)) return 'grows';
      await from.change(id, (before) => ({ ...before, state: 'ended' }));
      return settle(from, last);
    });
  }

  /** @throws VaultError when a track is damaged: the others are registered, and all of it stays on this device */
  async function settle(from: RecordingBook, recording: BookedRecording): Promise<'registered' | 'grows'> {
    const { recording: id } = recording.terms;
    const kept: { track: BookedTrack; object: KeptObject }[] = [];
    let damage: VaultError | null = null;
    for (const track of recording.tracks) {
      const spool = await openKept(id, track.context.object);
      if (spool === null) continue;
      try {
        const object = await surveyObject(from, track, spool);
        // Else nothing of theirs was kept.
        if (object.runs.length > 0) kept.push({ track, object });
      } catch (error) {
        if (!(error instanceof VaultError)) throw error;
        damage = error;
      }
    }
    for (const { track, object } of kept) await store(track, object.parts);
    for (const { track, object } of kept) await register(recording, track, object);
    if (damage !== null) throw damage;
    await removeSpool(id);
    await from.remove(recording);
    return kept.length > 0 ? 'registered' : 'grows';
  }

  /** Parts that the recorder has ended, of a recording that may still grow. */
  async function storeWhole({ terms }: BookedRecording, track: BookedTrack): Promise<void> {
    const spool = await openKept(terms.recording, track.context.object);
    if (spool === null) return;
    const whole = (await spool.list()).filter(({ state: at }) => at !== 'open');
    await store(
      track,
      whole.map((part) => ({ leaf: leafOf(part.place), length: part.length, content: () => spool.read(part.place) })),
    );
  }

  async function store({ context: { object } }: BookedTrack, parts: readonly KeptPart[]): Promise<void> {
    if (parts.every(({ leaf }) => stored.has(`${object} ${leaf}`))) return;
    for (const [leaf, length] of await storedParts(object, signal)) stored.set(`${object} ${leaf}`, length);
    for (const part of parts) {
      if (stored.has(`${object} ${part.leaf}`)) continue;
      while (!(await options.mayUpload())) await new Promise((resolve) => setTimeout(resolve, holdMs));
      signal.throwIfAborted();
      change({ tag: 'storing' });
      await uploadPart(object, part, signal);
      stored.set(`${object} ${part.leaf}`, part.length);
      change({ stored: Math.min(state.total, state.stored + part.length) });
    }
  }

  /** @throws EvidenceFault unless the keystore says that it registered exactly this; KeystoreFault, ClinicFault */
  async function register(recording: BookedRecording, track: BookedTrack, { runs, head }: KeptObject): Promise<void> {
    const { pins } = options;
    const evidence = evidenceOf(recording);
    const publicKey = fromBase64url(recording.terms.recorderKey);
    if (publicKey === null) throw new EvidenceFault('manifest');
    const { context } = track;
    // The same words each time: a manifest that was registered is answered again.
    const sealedAt = instantOf(new Date(recording.touchedAt));
    const said = { context, roster: await rosterOf(evidence), sealedAt, runs, head };
    const manifest = await signManifest(said, recorderSigner(recording.recorderKey, publicKey));
    const { hash } = await inspectManifest(manifest);
    const answer = await registerRecording(context.object, { manifest: toBase64url(manifest), evidence });
    await requireRegistered(answer, { context, hash, writer: options.staff }, pins);
  }

  async function measure(recordings: readonly BookedRecording[]): Promise<void> {
    let total = 0;
    let done = 0;
    for (const { terms, tracks } of recordings) {
      for (const { context } of tracks) {
        const spool = await openKept(terms.recording, context.object);
        for (const part of (await spool?.list()) ?? []) {
          total += part.length;
          if (stored.has(`${context.object} ${leafOf(part.place)}`)) done += part.length;
        }
      }
    }
    change({ total, stored: done });
  }

  function onOnline(): void {
    wake();
  }

  globalThis.addEventListener('online', onOnline);
  void run();
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    getSnapshot: () => state,
    wake: () => {
      wake();
    },
    close() {
      abort.abort();
      globalThis.removeEventListener('online', onOnline);
      wake();
    },
  };
}

/** Two pages never store the same recording at a time. */
async function locked<T>(recording: RecordingId, act: () => Promise<T>): Promise<T | 'elsewhere'> {
  return navigator.locks.request<Promise<T | 'elsewhere'>>(
    `sotto/recording/${recording}`,
    { ifAvailable: true },
    async (lock) => (lock === null ? 'elsewhere' : act()),
  );
}
