import type { RecordingState } from '@sotto/e2ee';
import { leafThumbprint, participantId, recordingId, staffId, visitId } from '@sotto/protocol/ids';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { VisitSnapshot } from '../call/contract.ts';
import { KeystoreFault } from '../keystore/errors.ts';
import type { BookedRecording } from './recordingBook.ts';

const id = (letter: string) => letter.repeat(21).concat('A');
const books = new Map<string, BookedRecording>();
const endings: PromiseWithResolvers<undefined>[] = [];
const newObjectKey = vi.fn<() => Promise<unknown>>();

vi.mock('../keystore/objectKey.ts', () => ({ newObjectKey: () => newObjectKey() }));
vi.mock('./spoolFolder.ts', () => ({ openKept: () => Promise.resolve(null) }));
vi.mock('./deviceRoom.ts', () => ({ hasRoom: () => Promise.resolve(true), keepStorage: () => Promise.resolve(true) }));
vi.mock('./recorderHandle.ts', () => ({
  startRecorder: () => {
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
  const onTrouble = vi.fn();
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
        ask: (terms: RecordingState['terms']) => Promise.resolve(asked.push(terms) > 0 ? 'done' : 'failed'),
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
    ...{ visit, staff, language: 'en', onKept: () => undefined, onTrouble },
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
      awaited: [],
      consents: [],
    } satisfies Partial<RecordingState>;
    recording = { ...base, agreed: [self], progress };
    listener();
  };
  return { studio, asked, at, onTrouble };
}

const only = () => [...books.values()][0];
const stopped = { tag: 'stopped', why: 'asker', by: self, isConfirmed: true } as const;

async function running() {
  const made = page();
  expect(await made.studio.ask('care')).toBe('done');
  made.at({ tag: 'agreed' });
  await vi.waitFor(() => expect(only()?.tracks).toHaveLength(1));
  return made;
}

beforeEach(() => {
  newObjectKey.mockResolvedValue({ clinic: id('c'), pseudonym: id('p'), object: id('o'), publicKey: 'AAAA' });
});
afterEach(() => {
  for (const ending of endings) ending.resolve(undefined);
  endings.length = 0;
  books.clear();
});

it('books a stop before the recorder has kept all, so that a page that dies then isn’t gone on with', async () => {
  const { at } = await running();
  expect(only()?.state).toBe('runs');
  at(stopped);
  await vi.waitFor(() => expect(only()?.state).toBe('ended'));
  const recording = recordingId.parse(only()?.terms.recording);
  // Nobody settles it while its recorder still writes.
  expect(await holdRecorder(recording, 20)).toBeNull();
  const next = page();
  endings[0]?.resolve(undefined);
  await (await holdRecorder(recording, 2_000))?.release();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(next.asked).toEqual([]);
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
  await vi.waitFor(() => expect(refused.onTrouble).toHaveBeenCalledWith('noKey'));
});
