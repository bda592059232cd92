import { recordingId, staffId } from '@sotto/protocol/ids';
import type * as Vault from '@sotto/vault';
import { LengthError } from '@sotto/vault';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { holdRecorder } from './recorderLock.ts';
import type { BookedRecording } from './recordingBook.ts';

const id = (letter: string) => letter.repeat(21).concat('A');
const staff = staffId.parse(id('s'));
const recording = recordingId.parse(id('r'));
const books = new Map<string, BookedRecording>();
const damaged = new Set<string>();
const registered: string[] = [];
const removed: string[] = [];
const openBook = vi.fn();

vi.mock('./recordingBook.ts', () => ({ openRecordingBook: () => openBook() as unknown }));
vi.mock('./spoolFolder.ts', () => ({
  openKept: () => Promise.resolve({ list: () => Promise.resolve([]) }),
  removeSpool: (of: string) => Promise.resolve(void removed.push(of)),
}));
vi.mock('./keptObject.ts', () => ({
  leafOf: () => '',
  surveyObject: (_: unknown, { context: { object } }: { context: { object: string } }) =>
    damaged.has(object)
      ? Promise.reject(new LengthError({ layer: 'run', run: 0 }))
      : Promise.resolve({ runs: [{}], head: null, parts: [] }),
}));
vi.mock('./partUpload.ts', () => ({
  registerRecording(object: string) {
    registered.push(object);
    const payload = { clinic: 'c', object, pseudonym: 'p', visit: 'v', manifest: 'hash', writer: staff };
    return Promise.resolve({ statement: { payload }, proof: {} });
  },
}));
vi.mock('./evidence.ts', () => ({
  evidenceOf: () => ({}),
  recorderSigner: () => ({}),
  rosterOf: () => Promise.resolve(''),
}));
vi.mock('../keystore/statements.ts', () => ({ isSigned: () => Promise.resolve(true) }));
vi.mock('../keystore/logTrust.ts', () => ({
  logTrustOf: () => ({}),
  requireEntry: () => Promise.resolve({ index: 0, witnessedAt: null }),
}));
vi.mock('@sotto/vault', async (original) => ({
  ...(await original<typeof Vault>()),
  signManifest: () => Promise.resolve(new Uint8Array(1)),
  inspectManifest: () => Promise.resolve({ hash: 'hash' }),
}));

const { createRecordingShelf } = await import('./recordingShelf.ts');

function put(state: BookedRecording['state'], touchedAt: number): void {
  const track = (object: string) => ({ context: { clinic: 'c', object, pseudonym: 'p', visit: 'v' } });
  const terms = { recording, visit: 'v', recorderKey: 'AAAA' };
  const one = { terms, staff, state, touchedAt, tracks: [track('one'), track('two')] };
  books.set(recording, one as unknown as BookedRecording);
}

const book = {
  list: () => Promise.resolve([...books.values()]),
  get: (of: string) => Promise.resolve(books.get(of) ?? null),
  change: () => Promise.resolve(),
  remove: ({ terms }: BookedRecording) => Promise.resolve(void books.delete(terms.recording)),
};
const shelf = () =>
  createRecordingShelf({ staff, pins: { clinic: 'c' } as never, visit: null, mayUpload: () => Promise.resolve(true) });
let open: ReturnType<typeof shelf> | null = null;
const rest = () => new Promise((resolve) => setTimeout(resolve, 100));

beforeEach(() => {
  vi.stubGlobal('addEventListener', () => undefined);
  vi.stubGlobal('removeEventListener', () => undefined);
  openBook.mockResolvedValue(book);
});
afterEach(() => {
  open?.close();
  books.clear();
  damaged.clear();
  registered.length = 0;
  removed.length = 0;
});

it('leaves alone what another page makes, however long it said nothing, and settles it when that’s gone', async () => {
  put('runs', 0);
  const lock = await holdRecorder(recording, 1_000);
  open = shelf();
  await rest();
  expect([registered, removed, open.getSnapshot().waiting]).toEqual([[], [], 0]);
  await lock?.release();
  open.wake();
  await vi.waitFor(() => expect(books.size).toBe(0));
  expect([registered, removed]).toEqual([['one', 'two'], [recording]]);
});

it('shows at once what a page that died has left, and leaves it for that page to go on with', async () => {
  put('runs', Date.now());
  damaged.add('one');
  open = shelf();
  await vi.waitFor(() => expect(open?.getSnapshot().waiting).toBe(1));
  await rest();
  expect([registered, removed]).toEqual([[], []]);
});

it('registers the other tracks beside a damaged one, and takes nothing away', async () => {
  put('ended', 0);
  damaged.add('one');
  open = shelf();
  await vi.waitFor(() => expect(open?.getSnapshot().tag).toBe('failed'));
  expect([registered, removed, books.size]).toEqual([['two'], [], 1]);
});

it('goes on after the book couldn’t be opened', async () => {
  put('ended', 0);
  openBook.mockRejectedValueOnce(new LengthError({ layer: 'run' }));
  open = shelf();
  await vi.waitFor(() => expect(open?.getSnapshot().tag).not.toBe('idle'));
  open.wake();
  await vi.waitFor(() => expect(open?.getSnapshot().finished).toBe(1));
});
