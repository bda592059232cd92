import { staffId, visitId } from '@sotto/protocol/ids';
import { beforeEach, expect, it, vi } from 'vitest';
import { DeskShelf } from './deskShelf.ts';
import { NoteDesk } from './noteDesk.ts';

const visit = visitId.parse('AAECAwQFBgcICQoLDA0ODw');
const [writer, other] = [staffId.parse('AAECAwQFBgcICQoLDA0ODw'), staffId.parse('EAECAwQFBgcICQoLDA0ODw')];
let shelf: DeskShelf;
let desk: NoteDesk;
beforeEach(() => {
  shelf = new DeskShelf();
  desk = new NoteDesk(visit, writer, () => Promise.reject(new Error('nothing is saved')));
  shelf.show(desk);
  desk.write('text');
});

it('has a note whose page went while it was locked, until its writer sees it again', async () => {
  shelf.setLocked(true, writer);
  expect(shelf.hasUnshownDraft()).toBe(false);
  shelf.hide(desk, true);
  expect(shelf.hasUnshownDraft()).toBe(true);
  shelf.setLocked(false, writer);
  await vi.waitFor(() => expect(desk.getSnapshot().text).toBe('text'));
  // The page came back without the editor: what it says may be over, or not to be had.
  expect(shelf.hasUnshownDraft()).toBe(true);
  expect(shelf.find(visit, writer)).toBe(desk);
  shelf.show(desk);
  expect(shelf.hasUnshownDraft()).toBe(false);
});

it('has none that its writer agreed to lose, or that was saved meanwhile', () => {
  shelf.hide(desk, false);
  expect([shelf.hasUnshownDraft(), shelf.find(visit, writer)]).toEqual([false, undefined]);
  shelf.show(desk);
  shelf.hide(desk, true);
  const heard = vi.fn();
  shelf.subscribe(heard);
  desk.write('');
  expect(heard).toHaveBeenCalled();
  expect(shelf.hasUnshownDraft()).toBe(false);
});

it('gives somebody else neither the note nor a question about it', async () => {
  shelf.setLocked(true, writer);
  await vi.waitFor(() => expect(desk.getSnapshot().isCovered).toBe(true));
  shelf.hide(desk, true);
  shelf.setLocked(false, other);
  expect([shelf.hasUnshownDraft(), shelf.find(visit, writer)]).toEqual([false, undefined]);
  expect(desk.getSnapshot().text).toBe('');
});
