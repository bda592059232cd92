import { beforeAll, describe, expect, test } from 'vitest';
import { ArgumentError, maxPartLength, maxReadLength, type ObjectStore, type PartName } from '../src/index.ts';
import {
  all,
  chunked,
  failure,
  freshFolder,
  freshName,
  type Harness,
  inSeconds,
  pattern,
  runFolder,
  runPart,
  same,
  whole,
} from './harness.ts';

/** What every adapter has to do (SPEC.md section 3). */
export function contract(harness: () => Harness): void {
  let store: ObjectStore;
  beforeAll(() => {
    store = harness().store;
  });

  describe('creating', () => {
    test('a part is there as it was given, by one array or by chunks', async () => {
      const content = pattern(100_000);
      for (const given of [content, chunked(content, 4096)]) {
        const name = freshName();
        expect(await store.create(name, given)).toEqual({ tag: 'created' });
        expect(same((await whole(store, name)) ?? new Uint8Array(), content)).toBe(true);
        expect(await store.inspect(name)).toEqual({ name, length: 100_000, retainUntil: null, held: false });
      }
    });

    test('a part that is put twice stays what it was', async () => {
      const name = freshName();
      await store.create(name, pattern(1000, 1));
      expect(await store.create(name, pattern(1000, 2))).toEqual({ tag: 'exists' });
      expect(await store.create(name, pattern(1000, 1))).toEqual({ tag: 'exists' });
      expect(same((await whole(store, name)) ?? new Uint8Array(), pattern(1000, 1))).toBe(true);
      expect(await all(store.list(runFolder(name)))).toEqual([{ name, length: 1000 }]);
    });

    test('of many who create a part at once, one does', async () => {
      const name = freshName();
      const contents = [1, 2, 3, 4].map((salt) => pattern(2000, salt));
      const outcomes = await Promise.all(contents.map((content) => store.create(name, content)));
      const winners = contents.filter((_, index) => outcomes[index]?.tag === 'created');
      expect(winners).toHaveLength(1);
      expect(same((await whole(store, name)) ?? new Uint8Array(), winners[0] ?? new Uint8Array())).toBe(true);
    });

    test('a long part that comes in pieces is created only once', async () => {
      const name = freshName();
      const content = pattern(9 * 1024 * 1024);
      expect(await store.create(name, chunked(content, 1_000_000))).toEqual({ tag: 'created' });
      expect(await store.create(name, chunked(pattern(9 * 1024 * 1024, 3), 1_000_000))).toEqual({ tag: 'exists' });
      expect(same((await whole(store, name)) ?? new Uint8Array(), content)).toBe(true);
      expect((await harness().exposed()).unfinished).toBe(0);
    });

    test.each([
      ['short', 10_000],
      ['long', 17 * 1024 * 1024],
    ])('a %s put that is interrupted leaves nothing to be seen', async (_, length) => {
      const name = freshName();
      const fault = new Error('the uploader has gone');
      async function* interrupted() {
        yield pattern(length);
        throw fault;
      }
      await expect(store.create(name, interrupted())).rejects.toBe(fault);
      expect(await store.inspect(name)).toBeNull();
      expect(await all(store.list(runFolder(name)))).toEqual([]);
      expect((await harness().exposed()).unfinished).toBe(0);
      expect(await store.create(name, pattern(10))).toEqual({ tag: 'created' });
    });

    test('a put that is aborted leaves nothing to be seen', async () => {
      const name = freshName();
      const abort = new AbortController();
      async function* slow() {
        yield pattern(1000);
        abort.abort(new Error('enough'));
        yield pattern(1000);
      }
      await expect(store.create(name, slow(), { signal: abort.signal })).rejects.toThrow('enough');
      expect(await store.inspect(name)).toBeNull();
    });

    test.each([
      ['short', 1000],
      ['long', 17 * 1024 * 1024],
    ])('a %s put whose content never comes ends when it is aborted', async (_, length) => {
      const name = freshName();
      async function* stuck() {
        yield pattern(length);
        await new Promise(() => undefined);
      }
      const abort = new AbortController();
      const put = store.create(name, stuck(), { signal: abort.signal });
      setTimeout(() => abort.abort(new Error('enough')), 50);
      await expect(put).rejects.toThrow('enough');
      expect(await store.inspect(name)).toBeNull();
      await expect.poll(async () => (await harness().exposed()).unfinished).toBe(0);
    });

    test('chunks that are given in the same memory one after the other are stored as each was', async () => {
      const name = freshName();
      const content = pattern(100_000);
      async function* reusing() {
        const memory = new Uint8Array(4096);
        for await (const chunk of chunked(content, memory.byteLength)) {
          memory.set(chunk);
          yield memory.subarray(0, chunk.byteLength);
        }
      }
      expect(await store.create(name, reusing())).toEqual({ tag: 'created' });
      expect(same((await whole(store, name)) ?? new Uint8Array(), content)).toBe(true);
    });

    test('nothing, and too much, is no part', async () => {
      async function* tooMuch() {
        yield new Uint8Array(1);
        yield new Uint8Array(maxPartLength);
      }
      const name = freshName();
      expect(await failure(store.create(name, new Uint8Array()))).toBe('argument');
      expect(await failure(store.create(name, tooMuch()))).toBe('argument');
      expect(await store.inspect(name)).toBeNull();
    });
  });

  describe('names', () => {
    const folder = freshFolder();
    test.each([
      ['dots', '../../etc/passwd'],
      ['dots in the place of a folder', '../0000-000000'],
      ['dots in the place of a leaf', `${folder}/..`],
      ['a folder alone', folder],
      ['a folder below', `${folder}/a/0000-000000`],
      ['a slash before', `/${folder}/head`],
      ['two slashes', `${folder}//head`],
      ['a backslash', `${folder}\\head`],
      ['NUL', `${folder}/head\0`],
      ['NUL in the folder', `${folder.slice(0, 21)}\0/head`],
      ['a line break', `${folder}/head\n`],
      ['what a URL means by a slash', `${folder}%2Fhead`],
      ['another leaf', `${folder}/patient`],
      ['a run that is too high', `${folder}/1024-000000`],
      ['a number without zeros', `${folder}/0-0`],
      ['too long', `${folder}/${'0'.repeat(5000)}-000000`],
      ['a folder that isn’t 16 bytes', `${'A'.repeat(21)}B/head`],
      ['digits of another script', `${folder}/٠٠٠٠-٠٠٠٠٠٠`],
      ['nothing', ''],
    ])('%s', async (_, text) => {
      const name = text as PartName;
      expect(await failure(store.create(name, pattern(10)))).toBe('argument');
      expect(await failure(store.inspect(name))).toBe('argument');
      expect(await failure(store.read(name, 0, 1))).toBe('argument');
      expect(await failure(store.delete(name))).toBe('argument');
      expect(await failure(store.retain(name, inSeconds(60)))).toBe('argument');
      expect(await failure(store.hold(name, true))).toBe('argument');
      expect(await failure(store.presignPart(name, { length: 10, expires: inSeconds(60) }))).toBe('argument');
    });

    test('a folder that is none can’t be listed', async () => {
      for (const text of ['..', '', '.', folder.slice(1), `${folder}/`]) {
        await expect(all(store.list(text as typeof folder))).rejects.toBeInstanceOf(ArgumentError);
      }
    });

    test('nothing but random names is to be seen in the backend', async () => {
      const name = freshName();
      await store.create(name, pattern(100));
      const { names } = await harness().exposed();
      expect(names).toContain(name);
      for (const found of names) expect(found).toMatch(/^[\w-]{22}\/(\d{4}-\d{6}|head|manifest)$/);
    });
  });

  describe('reading', () => {
    const name = freshName();
    const content = pattern(300_000, 5);
    beforeAll(async () => {
      await store.create(name, content);
    });

    test.each([
      [0, 1],
      [0, 300_000],
      [299_999, 1],
      [1234, 70_000],
    ])('%i and %i bytes on', async (offset, length) => {
      const reading = await store.read(name, offset, length);
      expect(reading.tag === 'read' && same(reading.bytes, content.subarray(offset, offset + length))).toBe(true);
    });

    test.each([
      [299_999, 2],
      [300_000, 1],
      [9_000_000, 1],
      [0, 300_001],
    ])('past the end: %i and %i bytes on', async (offset, length) => {
      expect(await store.read(name, offset, length)).toEqual({ tag: 'outside', length: 300_000 });
    });

    test.each([
      [-1, 1],
      [0, 0],
      [0, -1],
      [0.5, 1],
      [0, maxReadLength + 1],
      [Number.NaN, 1],
    ])('no range: %d and %d bytes on', async (offset, length) => {
      expect(await failure(store.read(name, offset, length))).toBe('argument');
    });

    test('what isn’t there', async () => {
      expect(await store.read(freshName(), 0, 1)).toEqual({ tag: 'absent' });
      expect(await store.inspect(freshName())).toBeNull();
    });

    test('a reader that has gone', async () => {
      await expect(store.read(name, 0, 10, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    });
  });

  describe('listing', () => {
    test('a folder and a run, in order', async () => {
      const folder = freshFolder();
      const other = freshFolder();
      const leaves = ['manifest', 'head', '0001-000000', '0000-000010', '0000-000002', '0000-000000'];
      for (const [index, leaf] of leaves.entries())
        await store.create(`${folder}/${leaf}` as PartName, pattern(index + 1));
      await store.create(runPart(other), pattern(7));
      const names = (await all(store.list(folder))).map((part) => part.name.slice(23));
      expect(names).toEqual(['0000-000000', '0000-000002', '0000-000010', '0001-000000', 'head', 'manifest']);
      expect(await all(store.list(folder, 1))).toEqual([{ name: `${folder}/0001-000000`, length: 3 }]);
      const folders = await all(store.folders());
      expect(folders).toEqual([...folders].sort());
      expect(folders).toContain(folder);
      expect(folders).toContain(other);
      expect(new Set(folders).size).toBe(folders.length);
    });

    test('a folder that isn’t there has no parts', async () => {
      expect(await all(store.list(freshFolder()))).toEqual([]);
    });
  });

  describe('deleting and keeping', () => {
    test('what is deleted is gone, and its folder with it', async () => {
      const name = freshName();
      await store.create(name, pattern(10));
      expect(await store.delete(name)).toEqual({ tag: 'deleted' });
      expect(await store.delete(name)).toEqual({ tag: 'absent' });
      expect(await store.read(name, 0, 1)).toEqual({ tag: 'absent' });
      expect(await all(store.list(runFolder(name)))).toEqual([]);
      expect(await all(store.folders())).not.toContain(runFolder(name));
      expect((await harness().exposed()).names).not.toContain(name);
    });

    test('what is retained from its first moment can’t be deleted', async () => {
      const name = freshName();
      const until = inSeconds(3600);
      expect(await store.create(name, pattern(10), { retainUntil: until })).toEqual({ tag: 'created' });
      expect((await store.inspect(name))?.retainUntil).toEqual(until);
      expect(await store.delete(name)).toEqual({ tag: 'retained', until });
      expect(same((await whole(store, name)) ?? new Uint8Array(), pattern(10))).toBe(true);
    });

    test('what is promised later holds too, and is never made shorter', async () => {
      const name = freshName();
      await store.create(name, pattern(10));
      const [sooner, later] = [inSeconds(600), inSeconds(3600)];
      expect(await store.retain(name, sooner)).toEqual({ tag: 'retained', until: sooner });
      expect(await store.retain(name, later)).toEqual({ tag: 'retained', until: later });
      expect(await store.retain(name, sooner)).toEqual({ tag: 'retained', until: later });
      expect(await store.delete(name)).toEqual({ tag: 'retained', until: later });
    });

    test('what was retained until a while ago may go', async () => {
      const name = freshName();
      await store.create(name, pattern(10));
      await store.retain(name, inSeconds(1));
      await expect.poll(async () => (await store.delete(name)).tag, { timeout: 8000, interval: 200 }).toBe('deleted');
    });

    test('what is held can’t be deleted until it is let go', async () => {
      const name = freshName();
      await store.create(name, pattern(10));
      expect(await store.hold(name, true)).toEqual({ tag: 'held' });
      expect((await store.inspect(name))?.held).toBe(true);
      expect(await store.delete(name)).toEqual({ tag: 'held' });
      expect(await store.hold(name, false)).toEqual({ tag: 'released' });
      expect(await store.delete(name)).toEqual({ tag: 'deleted' });
    });

    test('nothing is promised of what isn’t there', async () => {
      expect(await store.retain(freshName(), inSeconds(60))).toEqual({ tag: 'absent' });
      expect(await store.hold(freshName(), true)).toEqual({ tag: 'absent' });
    });
  });

  describe('a store that is down', () => {
    test('says so of everything, in time, and of nothing that it isn’t there', async () => {
      const name = freshName();
      await store.create(name, pattern(10));
      const codes = await harness().whileDown(() =>
        Promise.all([
          failure(store.create(freshName(), pattern(10))),
          failure(store.inspect(name)),
          failure(store.read(name, 0, 10)),
          failure(all(store.list(runFolder(name)))),
          failure(all(store.folders())),
          failure(store.delete(name)),
          failure(store.retain(name, inSeconds(60))),
          failure(store.hold(name, true)),
          failure(store.clearUnfinished(inSeconds(-3600))),
        ]),
      );
      expect(codes).toEqual(codes.map(() => 'unavailable'));
      expect(same((await whole(store, name)) ?? new Uint8Array(), pattern(10))).toBe(true);
    });

    test('that goes down in the middle of a put leaves nothing to be seen', async () => {
      const name = freshName();
      let bringBack: () => Promise<void> = async () => undefined;
      async function* interrupted() {
        yield pattern(17 * 1024 * 1024);
        bringBack = await harness().takeDown();
        yield pattern(9 * 1024 * 1024);
      }
      expect(await failure(store.create(name, interrupted()))).toBe('unavailable');
      await bringBack();
      expect(await store.inspect(name)).toBeNull();
      await store.clearUnfinished(inSeconds(60));
      expect((await harness().exposed()).unfinished).toBe(0);
      expect(await store.create(name, pattern(10))).toEqual({ tag: 'created' });
    });
  });

  test('what a put that died has left is cleared away once it is old', async () => {
    const name = freshName();
    const reached = Promise.withResolvers<unknown>();
    const go = Promise.withResolvers<unknown>();
    async function* stalled() {
      yield pattern(17 * 1024 * 1024);
      reached.resolve(null);
      await go.promise;
    }
    const put = store.create(name, stalled());
    await reached.promise;
    await expect.poll(async () => (await harness().exposed()).unfinished).toBe(1);
    expect(await store.clearUnfinished(inSeconds(-3600))).toBe(0);
    expect(await store.clearUnfinished(inSeconds(60))).toBe(1);
    go.resolve(null);
    // Whoever was slow sees that it is gone, and no half of it is there.
    await put.catch(() => undefined);
    expect(await store.inspect(name)).toBeNull();
    expect((await harness().exposed()).unfinished).toBe(0);
  });
}
