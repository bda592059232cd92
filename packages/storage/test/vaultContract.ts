import { type ByteSource, checkManifest, openObject, verifyObject } from '@sotto/vault';
import { beforeAll, describe, expect, test } from 'vitest';
import { type FolderId, type ListedPart, type ObjectStore, openStoredObject, partName } from '../src/index.ts';
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
}
