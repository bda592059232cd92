import { staffId } from '@sotto/protocol/ids';
import { isForWantOfRoom } from '@sotto/recording';
import { LengthError } from '@sotto/vault';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import { keepRecording } from '../../test/keptRecording.ts';
import { memoryBook } from '../../test/memoryBook.ts';
import { MemoryFolder, type Room, storageOf } from '../../test/memoryFolder.ts';
import { SoftClinic } from '../../test/softClinic.ts';
import { SoftKeystore } from '../../test/softKeystore.ts';
import { randomId } from '../keystore/bytes.ts';
import { holdRecorder } from './recorderLock.ts';
import type { BookedRecording, RecordingBook } from './recordingBook.ts';

/** Node has no database as browsers have: the book alone is another one. */
const openBook = vi.fn<() => Promise<RecordingBook>>();
vi.mock('./recordingBook.ts', () => ({ openRecordingBook: () => openBook() }));
const { createRecordingShelf } = await import('./recordingShelf.ts');

const staff = staffId.parse(randomId());
const keystore = await SoftKeystore.make();
const clinic = await SoftClinic.open(keystore, staff);
const [realFetch, later] = [fetch, setTimeout];

let root: MemoryFolder;
let kept: ReturnType<typeof memoryBook>;
let isOnline = true;
let open: ReturnType<typeof createRecordingShelf> | null = null;
let mayUpload: () => Promise<boolean>;

beforeEach(() => {
  root = new MemoryFolder();
  kept = memoryBook();
  isOnline = true;
  mayUpload = () => Promise.resolve(true);
  openBook.mockResolvedValue(kept.book);
  vi.stubGlobal('addEventListener', () => undefined);
  vi.stubGlobal('removeEventListener', () => undefined);
  vi.stubGlobal('fetch', (path: string, init: RequestInit) =>
    isOnline ? realFetch(new URL(path, clinic.address), init) : Promise.reject(new TypeError('no network')),
  );
  Object.defineProperty(navigator, 'storage', { configurable: true, value: storageOf(root) });
});
afterAll(() => {
  clinic.close();
});
afterEach(() => {
  open?.close();
  vi.useRealTimers();
  clinic.stored.clear();
  clinic.registered.length = 0;
  clinic.tickets.length = 0;
  clinic.ticketsAreLate = false;
});

const shelf = (visit: BookedRecording['terms']['visit'] | null = null) =>
  createRecordingShelf({ staff, pins: keystore.pins, visit, mayUpload: () => mayUpload() });
/** Others may be busy on the machine. */
const soon = (check: () => void) => vi.waitFor(check, 20_000);
vi.setConfig({ testTimeout: 60_000 });
const rest = (ms = 100) => new Promise((resolve) => later(resolve, ms));

const record = (state: BookedRecording['state'], touchedAt: number, ms?: number) =>
  keepRecording(kept.book, { pins: keystore.pins, staff, state, touchedAt, ...(ms === undefined ? {} : { ms }) });
const octetsIn = (objects: readonly string[]) => objects.map((object) => clinic.octetsOf(object));

it('leaves alone what another page makes, however long it said nothing, and settles it when that’s gone', async () => {
  const { terms, objects } = await record('runs', 0);
  const lock = await holdRecorder(terms.recording, 1_000);
  open = shelf();
  await rest();
  expect([clinic.registered, open.getSnapshot().waiting]).toEqual([[], 0]);
  expect(root.size).toBeGreaterThan(0);
  await lock?.release();
  open.wake();
  await soon(() => expect(kept.recordings.size).toBe(0));
  expect([clinic.registered, root.size]).toEqual([objects, 0]);
});

it('shows at once what a page that died has left, and leaves it for that page to go on with', async () => {
  await record('runs', Date.now());
  open = shelf();
  await soon(() => expect(open?.getSnapshot().waiting).toBe(1));
  await rest();
  expect([clinic.registered, kept.recordings.size]).toEqual([[], 1]);
});

it.each([-1, 1])('hands in what was recorded under a clock that was %d days off', async (days) => {
  const { objects } = await record('runs', Date.now() + days * 24 * 3_600_000);
  open = shelf();
  await soon(() => expect(kept.recordings.size).toBe(0));
  expect(clinic.registered).toEqual(objects);
});

it('registers the other tracks beside a damaged one, and takes nothing away', async () => {
  const { first, objects } = await record('ended', 0);
  const file = await root.at(first);
  // In its header, which was noted elsewhere: what is sealed nobody can look into here.
  file.octets[200] = (file.octets[200] ?? 0) ^ 1;
  const before = root.size;
  open = shelf();
  await soon(() => expect(open?.getSnapshot().tag).toBe('failed'));
  expect([clinic.registered, kept.recordings.size, root.size]).toEqual([objects.slice(1), 1, before]);
});

it('goes on after the book couldn’t be opened', async () => {
  await record('ended', 0);
  openBook.mockRejectedValueOnce(new LengthError({ layer: 'run' }));
  open = shelf();
  await soon(() => expect(open?.getSnapshot().tag).not.toBe('idle'));
  open.wake();
  await soon(() => expect(open?.getSnapshot().finished).toBe(1));
});

it('asks anew for a ticket whose time was over, once, and then says that it can’t', async () => {
  const { objects } = await record('ended', 0);
  clinic.ticketsAreLate = true;
  open = shelf();
  await soon(() => expect(open?.getSnapshot().tag).toBe('failed'));
  expect([clinic.tickets.length, octetsIn(objects)]).toEqual([2, [0, 0]]);
  // Only the first of the next ones is late.
  const { push } = clinic.tickets;
  clinic.tickets.push = (...tickets) => {
    clinic.ticketsAreLate = false;
    return push.apply(clinic.tickets, tickets);
  };
  open.wake();
  await soon(() => expect(open?.getSnapshot().finished).toBe(1));
  expect(clinic.registered).toEqual(objects);
});

it('goes on by itself after ten minutes without a network', async () => {
  const { objects } = await record('ended', 0, 12_000);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  isOnline = false;
  open = shelf();
  for (let second = 0; second < 600; second += 1) {
    await vi.advanceTimersByTimeAsync(1_000);
    if (second % 60 === 0) await rest(5);
  }
  await soon(() => expect(open?.getSnapshot()).toMatchObject({ tag: 'trying', waiting: 1, stored: 0 }));
  expect(kept.recordings.size).toBe(1);
  isOnline = true;
  // Nobody presses anything: the longest it rests is half a minute.
  for (let second = 0; second < 31; second += 1) await vi.advanceTimersByTimeAsync(1_000);
  vi.useRealTimers();
  await soon(() => expect(open?.getSnapshot().finished).toBe(1));
  expect(clinic.registered).toEqual(objects);
  expect(Math.min(...octetsIn(objects))).toBeGreaterThan(1_000_000);
});

it('sends nothing while the call’s line is narrow or slow', async () => {
  const { objects } = await record('ended', 0);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  mayUpload = () => Promise.resolve(false);
  open = shelf();
  for (let second = 0; second < 60; second += 1) {
    await vi.advanceTimersByTimeAsync(1_000);
    await rest(1);
  }
  expect([clinic.tickets.length, octetsIn(objects)]).toEqual([0, [0, 0]]);
  mayUpload = () => Promise.resolve(true);
  await vi.advanceTimersByTimeAsync(1_000);
  vi.useRealTimers();
  await soon(() => expect(open?.getSnapshot().finished).toBe(1));
});

it('stores what was kept up to the moment at which the device was full', async () => {
  const room: Room = { left: 500_000 };
  root = new MemoryFolder(room);
  Object.defineProperty(navigator, 'storage', { configurable: true, value: storageOf(root) });
  const { objects, failures } = await record('ended', 0, 8_000);
  expect(failures.map(isForWantOfRoom)).toEqual([true, true]);
  open = shelf();
  await soon(() => expect(open?.getSnapshot().finished).toBe(1));
  // The second found no room at all: nothing of it is there to be registered.
  expect(clinic.registered).toEqual(objects.slice(0, 1));
  // All but the piece that found no room: less than a second of 103 kB/s.
  expect(clinic.octetsOf(objects[0] ?? '')).toBeGreaterThan(500_000 - 103_000);
  expect([room.left, kept.recordings.size]).toEqual([500_000, 0]);
});
