import type { RecordingState } from '@sotto/e2ee';
import { leafThumbprint, participantId, recordingId, staffId, visitId } from '@sotto/protocol/ids';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { VisitSnapshot } from '../call/contract.ts';
import { KeystoreFault } from '../keystore/errors.ts';
import type { RecorderListener } from './recorderHandle.ts';
import type { BookedRecording } from './recordingBook.ts';

const id = (letter: string) => letter.repeat(21).concat('A');
const books = new Map<string, BookedRecording>();
const endings: PromiseWithResolvers<undefined>[] = [];
const listeners: RecorderListener[] = [];
const newObjectKey = vi.fn<() => Promise<unknown>>();

vi.mock('../keystore/objectKey.ts', () => ({ newObjectKey: () => newObjectKey() }));
vi.mock('./spoolFolder.ts', () => ({ openKept: () => Promise.resolve(null) }));
vi.mock('./recorderHandle.ts', () => ({
  startRecorder: (listener: RecorderListener) => {
    listeners.push(listener);
    const ending = Promise.withResolvers<undefined>();
    endings.push(ending);
    return { add: vi.fn(), listen: vi.fn(), end: () => ending.promise };
  },
}));
vi.mock('./recordingBook.ts', () => ({
  openRecordingBook: () =>
    Promise.resolve({
      list: () => Promise.resolve([...books.values()]),
      get: (of: string) => Promise.resolve(books.get(of) ?? null),
      put: (one: BookedRecording) => Promise.resolve(void books.set(one.terms.recording, one)),
      change(of: string, changes: (before: BookedRecording) => BookedRecording) {
        const before = books.get(of);
        if (before) books.set(of, changes(before));
        return Promise.resolve();
      },
      remove: ({ terms }: BookedRecording) => Promise.resolve(void books.delete(terms.recording)),
    }),
}));

const { createRecordingStudio } = await import('./recordingStudio.ts');
const { holdRecorder } = await import('./recorderLock.ts');

const self = { participantId: participantId.parse(id('a')), leaf: leafThumbprint.parse('a'.repeat(42).concat('A')) };
const [staff, visit] = [staffId.parse(id('s')), visitId.parse(id('v'))];

/** A page in the visit, with its own call. */
function page() {
  const asked: RecordingState['terms'][] = [];
  let listener = (): void => undefined;
  let recording: RecordingState | null = null;
  const [onTrouble, onUnpromised] = [vi.fn(), vi.fn()];
  const answers = { ask: 'done' };
  const snapshot = () =>
    ({
      phase: { tag: 'inVisit' },
      self: { ...self, isProven: true },
      people: [{}],
      recording,
    }) as unknown as VisitSnapshot;
  const studio = createRecordingStudio({
    call: {
      recording: {
        ask: (terms: RecordingState['terms']) => Promise.resolve(asked.push(terms) > 0 ? answers.ask : 'failed'),
        begin: () => Promise.resolve('done'),
        end: () => Promise.resolve('done'),
        proof: () => ({ leaf: self.leaf, proof: {} }),
      },
      subscribe(told: () => void) {
        listener = told;
        return () => undefined;
      },
      getSnapshot: snapshot,
    } as never,
    ...{ visit, staff, language: 'en', onKept: () => undefined, onUnpromised, onTrouble },
    pins: { clinic: id('c') } as never,
  });
  const at = (progress: RecordingState['progress']) => {
    const [terms] = asked.slice(-1);
    if (terms === undefined) throw new Error('nothing was asked');
    const base = {
      terms,
      asker: self,
      isOwn: true,
      own: 'yes',
      isUnheard: false,
      awaited: [],
      consents: [],
    } satisfies Partial<RecordingState>;
    recording = { ...base, agreed: [self], progress };
    listener();
  };
  const lost = () => {
    recording = null;
    listener();
  };
  return { studio, asked, answers, at, lost, onTrouble, onUnpromised };
}

/** The first to wait also loads what is loaded late. */
const patience = { timeout: 10_000 };
const only = () => [...books.values()][0];
const stopped = { tag: 'stopped', why: 'asker', by: self, isConfirmed: true } as const;

async function running() {
  const made = page();
  expect(await made.studio.ask('care')).toBe('done');
  made.at({ tag: 'agreed' });
  await vi.waitFor(() => expect(only()?.tracks).toHaveLength(1), patience);
  return made;
}

const device = { quota: 1024 ** 3, isPromised: true };

beforeEach(() => {
  Object.assign(device, { quota: 1024 ** 3, isPromised: true });
  const storage = {
    estimate: () => Promise.resolve({ quota: device.quota, usage: 0 }),
    persist: () => Promise.resolve(device.isPromised),
  };
  Object.defineProperty(navigator, 'storage', { configurable: true, value: storage });
  newObjectKey.mockResolvedValue({ clinic: id('c'), pseudonym: id('p'), object: id('o'), publicKey: 'AAAA' });
});
afterEach(() => {
  for (const ending of endings) ending.resolve(undefined);
  endings.length = 0;
  listeners.length = 0;
  books.clear();
});

it('books a stop before the recorder has kept all, so that a page that dies then isn’t gone on with', async () => {
  const { at } = await running();
  expect(only()?.state).toBe('runs');
  at(stopped);
  await vi.waitFor(() => expect(only()?.state).toBe('ended'), patience);
  const recording = recordingId.parse(only()?.terms.recording);
  // Nobody settles it while its recorder still writes.
  expect(await holdRecorder(recording, 20)).toBeNull();
  const next = page();
  endings[0]?.resolve(undefined);
  await (await holdRecorder(recording, 2_000))?.release();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(next.asked).toEqual([]);
});

it('books what the device slept as time that wasn’t, for the page that goes on', async () => {
  await running();
  const before = only()?.zero ?? 0;
  listeners[0]?.onSlept(3_600_000);
  await vi.waitFor(() => expect(only()?.zero).toBeGreaterThan(before), patience);
  expect(Math.abs((only()?.zero ?? 0) - before - 3_600_000)).toBeLessThan(50);
});

it('isn’t gone on with by a second page while the first makes it', async () => {
  await running();
  const second = page();
  await new Promise((resolve) => setTimeout(resolve, 3_300));
  expect(second.asked).toEqual([]);
  second.studio.close();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(only()?.state).toBe('runs');
}, 10_000);

it('waits for a clinic that gives no key just now, and ends where it refuses one', async () => {
  newObjectKey.mockRejectedValueOnce(new KeystoreFault('unavailable', []));
  const { onTrouble } = await running();
  expect(newObjectKey).toHaveBeenCalledTimes(2);
  expect(onTrouble).not.toHaveBeenCalled();

  books.clear();
  newObjectKey.mockRejectedValue(new KeystoreFault('denied', []));
  const refused = page();
  await refused.studio.ask('care');
  refused.at({ tag: 'agreed' });
  await vi.waitFor(() => expect(refused.onTrouble).toHaveBeenCalledWith('noKey'), patience);
});

it('says that the browser doesn’t promise to keep it, and records all the same', async () => {
  device.isPromised = false;
  const unpromised = await running();
  expect(unpromised.onUnpromised).toHaveBeenCalledOnce();
  expect(unpromised.onTrouble).not.toHaveBeenCalled();
  expect(only()?.state).toBe('runs');
  device.isPromised = true;
  books.clear();
  const promised = await running();
  expect(promised.onUnpromised).not.toHaveBeenCalled();
});

it('asks nobody where the device has too little room', async () => {
  device.quota = 1024 ** 2;
  const made = page();
  expect(await made.studio.ask('care')).toBe('failed');
  expect([made.asked, made.onTrouble.mock.calls, books.size]).toEqual([[], [['noRoom']], 0]);
});

/** It has so many yeses. */
function booked(count: number): BookedRecording {
  const one = only();
  if (one === undefined) throw new Error('nothing is booked');
  const yes = (leaf: number) => ({ consent: { leaf: String(leaf) } }) as unknown as BookedRecording['consents'][number];
  books.set(one.terms.recording, { ...one, consents: Array.from({ length: count }, (_, leaf) => yes(leaf)) });
  return one;
}

it('ends what has as many yeses as evidence holds, and asks everybody for another one', async () => {
  const { asked, lost, onTrouble } = await running();
  const first = booked(62);
  lost();
  await vi.waitFor(() => expect(asked).toHaveLength(2), patience);
  expect(asked[1]).toBe(asked[0]);

  booked(63);
  lost();
  endings[0]?.resolve(undefined);
  await vi.waitFor(() => expect(asked).toHaveLength(3), patience);
  expect(asked[2]?.recording).not.toBe(asked[0]?.recording);
  expect(asked[2]?.reason).toBe('care');
  expect(books.get(first.terms.recording)?.state).toBe('ended');
  expect(onTrouble).not.toHaveBeenCalled();
});

it.each<['fault' | 'noRoom', string]>([
  ['fault', 'can’t be asked'],
  ['noRoom', 'has no room'],
])('says %s where another one %s, as nothing is recorded any more', async (trouble) => {
  const { answers, lost, onTrouble } = await running();
  booked(63);
  if (trouble === 'noRoom') device.quota = 1024 ** 2;
  else answers.ask = 'failed';
  lost();
  endings[0]?.resolve(undefined);
  await vi.waitFor(() => expect(onTrouble).toHaveBeenCalled());
  expect(onTrouble.mock.calls).toEqual([[trouble]]);
  expect([...books.values()].map(({ state }) => state)).toEqual(['ended']);
});
