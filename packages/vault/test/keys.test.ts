import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type Bytes,
  bytesSource,
  checkManifest,
  createObjectKeyPair,
  type KeyPort,
  openObject,
  unwrapDataKey,
} from '../src/index.ts';
import { unsafeCreateRun } from '../src/testing/index.ts';
import { open } from './opening.ts';
import { contextOf, openDesk, pattern, sealObject } from './sealing.ts';

describe('keys', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('are WebCrypto’s, for one use each, and can’t be read back', async () => {
    const imported = vi.spyOn(crypto.subtle, 'importKey');
    const derived = vi.spyOn(crypto.subtle, 'deriveKey');
    const stored = await sealObject(await openDesk(), [9000], 100);
    await open(stored);
    // HPKE's own keys go the same way, but derive only bits.
    const ours = imported.mock.calls.filter(([, , , , usages]) => [...usages].includes('deriveKey'));
    expect(ours).toHaveLength(4);
    for (const [, , , extractable] of ours) expect(extractable).toBe(false);
    expect(derived.mock.calls.map(([, , , extractable, usages]) => ({ extractable, usages }))).toEqual([
      { extractable: false, usages: ['encrypt'] },
      { extractable: false, usages: ['encrypt'] },
      { extractable: false, usages: ['decrypt'] },
      { extractable: false, usages: ['decrypt'] },
    ]);
  });

  it('that are handed to a reader are wiped there', async () => {
    const desk = await openDesk();
    const stored = await sealObject(desk, [9000, 10], null);
    const manifest = await checkManifest(stored.manifest, {
      signer: desk.trusted,
      context: desk.context,
      hash: null,
    });
    const handed: Bytes[] = [];
    const sources = { runs: stored.runs.map((run) => bytesSource(run)), head: null };
    await openObject(manifest, sources, async (header) => {
      const dataKey = await unwrapDataKey(header, desk.privateKey);
      handed.push(dataKey);
      return dataKey;
    });
    expect(handed).toHaveLength(2);
    for (const dataKey of handed) expect(dataKey).toEqual(new Uint8Array(32));
    expect(desk.privateKey).not.toEqual(new Uint8Array(32));
  });

  it('that aren’t keys are the port’s failure, and wiped', async () => {
    const desk = await openDesk();
    const stored = await sealObject(desk, [100], null);
    const nothing: unknown = undefined;
    const long = pattern(33);
    const short = pattern(31);
    for (const answer of [nothing, 'x'.repeat(32), long, short]) {
      const keys: KeyPort = () => Promise.resolve(answer as Bytes);
      await expect(open({ ...stored, desk: { ...desk, keys } })).rejects.toMatchObject({
        code: 'port',
        message: 'keys, run 0',
      });
    }
    expect(long).toEqual(new Uint8Array(33));
    expect(short).toEqual(new Uint8Array(31));
  });

  it('of a new run are wiped, even when no run comes of them', async () => {
    const desk = await openDesk();
    const options = { context: contextOf(desk, 0), publicKey: desk.publicKey, previous: null };
    const random = () => ({ dataKey: pattern(32), body: pattern(39), encapsulation: null });
    const noKey = { ...random(), dataKey: pattern(31) };
    await expect(unsafeCreateRun(options, async () => undefined, noKey)).rejects.toMatchObject({ code: 'argument' });
    expect(noKey.dataKey).toEqual(new Uint8Array(31));
    const noPublicKey = random();
    const wrong = { ...options, publicKey: new Uint8Array(1216).fill(0xff) };
    await expect(unsafeCreateRun(wrong, async () => undefined, noPublicKey)).rejects.toMatchObject({
      code: 'argument',
    });
    expect(noPublicKey.dataKey).toEqual(new Uint8Array(32));
  });

  it('of a new object seal for its private key alone', async () => {
    const desk = await openDesk();
    const pair = await createObjectKeyPair();
    const keys: KeyPort = (header) => unwrapDataKey(header, pair.privateKey);
    const stored = await sealObject({ ...desk, publicKey: pair.publicKey, keys }, [100], null);
    expect((await open(stored)).length).toBe(100);
    const other = await createObjectKeyPair();
    const wrong: KeyPort = (header) => unwrapDataKey(header, other.privateKey);
    await expect(open({ ...stored, desk: { ...stored.desk, keys: wrong } })).rejects.toMatchObject({
      code: 'authenticity',
      message: 'wrap, run 0',
    });
  });

  it('are asked for only when the header is the manifest’s', async () => {
    const desk = await openDesk();
    const stored = await sealObject(desk, [9000], null);
    const other = await sealObject(desk, [9000], null);
    const keys = vi.fn(desk.keys);
    await expect(open({ ...stored, desk: { ...desk, keys } }, { runs: other.runs })).rejects.toMatchObject({
      code: 'authenticity',
    });
    expect(keys).not.toHaveBeenCalled();
  });

  it('are asked for only when every header is the manifest’s, the last run’s and the head’s too', async () => {
    const desk = await openDesk();
    const stored = await sealObject(desk, [10, 10, 10], 10);
    const other = await sealObject(desk, [10, 10, 10], 10);
    const keys = vi.fn(desk.keys);
    const asking = { ...stored, desk: { ...desk, keys } };
    const [first, second] = stored.runs;
    const [, , strange] = other.runs;
    if (first === undefined || second === undefined || strange === undefined) throw new Error('no runs');
    await expect(open(asking, { runs: [first, second, strange] })).rejects.toMatchObject({ message: 'header, run 2' });
    await expect(open(asking, { head: other.head })).rejects.toMatchObject({ message: 'header' });
    expect(keys).not.toHaveBeenCalled();
  });

  it('are asked for a few at a time, and not at all after one was refused', async () => {
    const desk = await openDesk();
    const stored = await sealObject(
      desk,
      Array.from({ length: 30 }, () => 1),
      null,
    );
    let asked = 0;
    let openAsks = 0;
    let most = 0;
    const keys: KeyPort = async (header) => {
      asked += 1;
      openAsks += 1;
      most = Math.max(most, openAsks);
      try {
        // The later run fails first; the first by number is named all the same.
        await new Promise((resolve) => setTimeout(resolve, header.run === 3 ? 20 : 1));
        if (header.run === 3 || header.run === 5) throw new Error('refused');
        return await desk.keys(header);
      } finally {
        openAsks -= 1;
      }
    };
    await expect(open({ ...stored, desk: { ...desk, keys } })).rejects.toMatchObject({ message: 'keys, run 3' });
    expect(most).toBeLessThanOrEqual(8);
    expect(asked).toBeLessThanOrEqual(8);
    expect((await open(stored)).length).toBe(30);
  });
});
