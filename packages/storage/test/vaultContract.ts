import { type ByteSource, checkManifest, openObject, VaultError, verifyObject } from '@sotto/vault';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type FolderId,
  type ListedPart,
  type ObjectStore,
  openStoredObject,
  type PartName,
  partName,
  type Reading,
} from '../src/index.ts';
import { all, freshFolder, type Harness, pattern, runPart, same, whole } from './harness.ts';
import { type SealedObject, sealInto } from './sealedObject.ts';

/** What the vault seals opens and verifies from parts, over every adapter; what storage does to it shows. */
export function vaultContract(harness: () => Harness): void {
  let store: ObjectStore;
  let sealed: SealedObject;
  beforeAll(async () => {
    store = harness().store;
    sealed = await sealInto(store, [400_000, 1, 150_000]);
  });

  const read = (source: ByteSource | null | undefined): Promise<Uint8Array> =>
    source === null || source === undefined ? Promise.reject(new Error('absent')) : source.read(0, source.length);

  /** What a reader does that is given nothing but the folder and what it trusts. */
  const sourcesIn = async (folder: FolderId) => {
    const stored = await openStoredObject(store, folder);
    if (stored.tag !== 'stored') throw new Error(stored.tag);
    const { trusted, context } = sealed;
    const manifest = new Uint8Array(await read(stored.manifest));
    return { manifest: await checkManifest(manifest, { signer: trusted, context, hash: null }), stored };
  };

  /** The same folder once more, with the parts that `change` makes of them. */
  const copied = async (change: (leaf: string, content: Uint8Array) => Uint8Array | null): Promise<FolderId> => {
    const folder = freshFolder();
    const copy = async ({ name, length }: ListedPart): Promise<void> => {
      const leaf = name.slice(23);
      const reading = await store.read(name, 0, length);
      const content = change(leaf, reading.tag === 'read' ? reading.bytes : new Uint8Array());
      if (content !== null) await store.create(`${folder}/${leaf}` as typeof name, content);
    };
    await Promise.all((await all(store.list(sealed.folder))).map(copy));
    return folder;
  };

  const failure = async (folder: FolderId): Promise<unknown> => {
    const { manifest, stored } = await sourcesIn(folder);
    return verifyObject(manifest, stored).then(
      () => 'verified',
      (fault: unknown) => (fault instanceof Error && 'code' in fault ? fault.code : fault),
    );
  };

  describe('a sealed object in parts', () => {
    test('opens, seeks and verifies', async () => {
      const { manifest, stored } = await sourcesIn(sealed.folder);
      expect((await all(store.list(sealed.folder))).length).toBeGreaterThan(8);
      await verifyObject(manifest, stored);
      const reader = await openObject(manifest, stored, sealed.keys);
      expect(reader.length).toBe(550_001);
      for (const [offset, length] of [
        [0, 10],
        [399_990, 30],
        [123_456, 300_000],
        [550_000, 1],
      ] as const) {
        const bytes = await reader.read(offset, length);
        expect(same(bytes, sealed.plaintext.subarray(offset, offset + length))).toBe(true);
      }
      const streamed: Uint8Array[] = [];
      for await (const piece of reader.stream() as unknown as AsyncIterable<Uint8Array>) streamed.push(piece);
      expect(same(Buffer.concat(streamed), sealed.plaintext)).toBe(true);
      expect(same((await reader.head?.read(0, 3000)) ?? new Uint8Array(), sealed.head)).toBe(true);
    });

    test('of which storage has changed a byte doesn’t verify', async () => {
      const folder = await copied((leaf, content) => {
        if (leaf === '0000-000002') content[1000] = (content[1000] ?? 0) ^ 1;
        return content;
      });
      expect(await failure(folder)).toBe('authenticity');
    });

    test('of which storage has swapped two parts doesn’t verify', async () => {
      const one = (await whole(store, runPart(sealed.folder, 0, 1))) ?? new Uint8Array();
      const other = (await whole(store, runPart(sealed.folder, 0, 3))) ?? new Uint8Array();
      const folder = await copied((leaf, content) =>
        leaf === '0000-000001' ? other : leaf === '0000-000003' ? one : content,
      );
      expect(['authenticity', 'length']).toContain(await failure(folder));
    });

    test('whose end storage keeps to itself, or adds to, doesn’t verify', async () => {
      const end = (await all(store.list(sealed.folder, 2))).at(-1)?.name.slice(23);
      expect(await failure(await copied((leaf, content) => (leaf === end ? null : content)))).toBe('length');
      const longer = await copied((leaf, content) => (leaf === end ? Buffer.concat([content, pattern(1)]) : content));
      expect(await failure(longer)).toBe('length');
    });

    test('that nobody has signed for has no manifest', async () => {
      const folder = await copied((leaf, content) => (leaf === 'manifest' ? null : content));
      const stored = await openStoredObject(store, folder);
      expect(stored.tag === 'stored' && stored.manifest).toBeNull();
      expect(stored.tag === 'stored' && stored.runs).toHaveLength(3);
      expect(await store.inspect(partName(folder, { tag: 'manifest' }))).toBeNull();
    });
  });

  describe('a reader with the key, whose storage', () => {
    /** Plays all of it from a folder that answers reads as told. @returns what went wrong, and how much came before that */
    const play = async (folder: FolderId, answer?: (name: PartName, offset: number) => Promise<Reading | null>) => {
      const { manifest } = await sourcesIn(sealed.folder);
      const deceiving = new Proxy(store, {
        get: (of, property) => {
          if (property !== 'read' || answer === undefined) {
            const member: unknown = Reflect.get(of, property);
            return typeof member === 'function' ? (member.bind(of) as unknown) : member;
          }
          return async (name: PartName, offset: number, length: number) =>
            (await answer(name, offset)) ?? of.read(name, offset, length);
        },
      });
      const stored = await openStoredObject(deceiving, folder);
      if (stored.tag !== 'stored') throw new Error(stored.tag);
      let played = 0;
      try {
        const reader = await openObject(manifest, stored, sealed.keys);
        for await (const piece of reader.stream() as unknown as AsyncIterable<Uint8Array>) {
          const good = sealed.plaintext.subarray(played, played + piece.byteLength);
          if (!same(piece, good)) throw new Error('plays what was never sealed');
          played += piece.byteLength;
        }
        return { code: null, played };
      } catch (fault) {
        return { code: fault instanceof VaultError ? fault.code : fault, played };
      }
    };

    test('has changed a byte plays nothing from there on', async () => {
      expect(await play(sealed.folder)).toEqual({ code: null, played: 550_001 });
      const folder = await copied((leaf, content) => {
        if (leaf === '0000-000002') content[1000] = (content[1000] ?? 0) ^ 1;
        return content;
      });
      const { code, played } = await play(folder);
      expect(code).toBe('authenticity');
      expect(played).toBeLessThan(400_000);
    });

    test('answers with another range notices', async () => {
      const later = await play(sealed.folder, async (name, offset) =>
        name.endsWith('/0000-000001') && offset === 0 ? store.read(name, 4096, 65_536) : null,
      );
      expect(['authenticity', 'port']).toContain(later.code);
      expect(later.played).toBeLessThan(400_000);
    });

    test('has lost the end of a part since it was listed notices', async () => {
      const { code, played } = await play(sealed.folder, async (name) =>
        name.endsWith('/0000-000003') ? { tag: 'outside', length: 5 } : null,
      );
      expect(code).toBe('port');
      expect(played).toBeLessThan(400_000);
    });

    test('gives another recording for this one opens none of it', async () => {
      const other = await sealInto(store, [400_000, 1, 150_000]);
      expect(await play(other.folder)).toEqual({ code: 'authenticity', played: 0 });
      const stored = await openStoredObject(store, other.folder);
      const manifest = new Uint8Array(await read(stored.tag === 'stored' ? stored.manifest : null));
      const expected = { signer: sealed.trusted, context: sealed.context, hash: null };
      await expect(checkManifest(manifest, expected)).rejects.toMatchObject({ code: 'mismatch' });
      await expect(checkManifest(manifest, { ...expected, signer: other.trusted })).rejects.toMatchObject({
        code: 'mismatch',
      });
    });

    test('gives an older version of it is found out by the hash that was registered', async () => {
      const { manifest } = await sourcesIn(sealed.folder);
      const expected = { signer: sealed.trusted, context: sealed.context };
      await checkManifest(sealed.olderManifest, { ...expected, hash: null });
      await expect(checkManifest(sealed.olderManifest, { ...expected, hash: manifest.hash })).rejects.toMatchObject({
        code: 'mismatch',
      });
    });
  });
}
