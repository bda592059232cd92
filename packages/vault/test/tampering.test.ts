import { costlyRuns } from '@sotto/browsers/runs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Bytes, type ManifestSigner, signManifest, type TrustedSigner } from '../src/index.ts';
import { failsClosed, open, rejection, same, verify } from './opening.ts';
import { type Desk, join, openDesk, pattern, type Stored, sealedAt, sealObject, someContext } from './sealing.ts';
import { es256Pair, es256Signer, passkey, trustedPasskey } from './signers.ts';

const headerLength = 1280;
const segmentLength = 4096;

/** Which file of the object is tampered with: a run's number, or the head. */
type Victim = number | 'head';

/** Segments of a file, the first with the body's 40 bytes. */
const segmentsOf = (file: Bytes): Bytes[] =>
  Array.from({ length: Math.ceil((file.byteLength - headerLength) / segmentLength) }, (_, index) =>
    file.slice(headerLength + index * segmentLength, headerLength + (index + 1) * segmentLength),
  );

const withSegments = (file: Bytes, segments: readonly Bytes[]): Bytes =>
  join(file.subarray(0, headerLength), ...segments);

const flipped = (bytes: Bytes, at: number, mask: number): Bytes => {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ mask;
  return copy;
};

/** The same object with a manifest signed by ES256, and one signed by a passkey. */
const signedOtherwise = async (stored: Stored): Promise<readonly Stored[]> => {
  const pair = await es256Pair();
  const ways: readonly (readonly [ManifestSigner, TrustedSigner])[] = [
    [es256Signer(pair), { algorithm: 'ES256', publicKey: pair.publicKey }],
    [passkey(pair), trustedPasskey(pair)],
  ];
  const { desk, records: runs, headRecord: head } = stored;
  return await Promise.all(
    ways.map(async ([signer, trusted]) => ({
      ...stored,
      desk: { ...desk, trusted },
      manifest: await signManifest({ context: desk.context, roster: null, sealedAt, runs, head }, signer),
    })),
  );
};

describe('an object that was tampered with never opens', () => {
  let desk: Desk;
  let stored: Stored;
  /** The same context and keys, other runs: what an attacker could have kept from an earlier recording. */
  let older: Stored;
  /** Another object of the same patient, sealed to the same key. */
  let other: Stored;

  beforeAll(async () => {
    desk = await openDesk();
    const lengths = [14_000, -2, 9000, 3 * 4080];
    stored = await sealObject(desk, lengths, 5000);
    older = await sealObject(desk, lengths, 5000);
    const another = { ...desk, context: someContext({ object: 'x'.repeat(21).concat('A') }) };
    other = await sealObject(another, lengths, 5000);
  });

  const victims: readonly Victim[] = [0, 1, 2, 3, 'head'];
  const victim = fc.constantFrom(...victims);
  const mask = fc.integer({ min: 1, max: 255 });
  const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  const fileOf = (from: Stored, which: Victim): Bytes =>
    (which === 'head' ? from.head : from.runs[which]) ?? new Uint8Array();

  const withFile = (which: Victim, file: Bytes) =>
    which === 'head' ? { head: file } : { runs: stored.runs.map((run, index) => (index === which ? file : run)) };

  it('but does when it was not', async () => {
    expect(await failsClosed(stored, {})).toBe(false);
    await verify(stored);
  });

  it('after any change to any byte of a file', async () => {
    await fc.assert(
      fc.asyncProperty(victim, share, mask, async (which, where, bits) => {
        const file = fileOf(stored, which);
        return await failsClosed(stored, withFile(which, flipped(file, Math.floor(where * file.byteLength), bits)));
      }),
      { numRuns: costlyRuns(1500) },
    );
  });

  it('after any change to any byte of a header', async () => {
    await fc.assert(
      fc.asyncProperty(victim, fc.nat(headerLength + 39), mask, (which, at, bits) =>
        failsClosed(stored, withFile(which, flipped(fileOf(stored, which), at, bits))),
      ),
      { numRuns: costlyRuns(1500) },
    );
  });

  it('after any change to any byte of the manifest, whichever way it was signed', async () => {
    const ways = await signedOtherwise(stored);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(stored, ...ways), share, mask, (signed, where, bits) =>
        failsClosed(signed, {
          manifest: flipped(signed.manifest, Math.floor(where * signed.manifest.byteLength), bits),
        }),
      ),
      { numRuns: costlyRuns(3000) },
    );
  });

  it('after any change to any byte of a signature', async () => {
    for (const signed of [stored, ...(await signedOtherwise(stored))]) {
      const { manifest } = signed;
      const field = 16 + signed.desk.trusted.publicKey.byteLength + new DataView(manifest.buffer).getUint32(12);
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: field, max: manifest.byteLength - 1 }), mask, (at, bits) =>
          failsClosed(signed, { manifest: flipped(manifest, at, bits) }),
        ),
        { numRuns: costlyRuns(300) },
      );
    }
  });

  it('after cutting off or adding bytes anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(victim, share, fc.integer({ min: 1, max: 9000 }), fc.boolean(), (which, where, size, cut) => {
        const file = fileOf(stored, which);
        const at = Math.floor(where * file.byteLength);
        const [before, after] = [file.subarray(0, at), file.subarray(at)];
        return failsClosed(
          stored,
          withFile(
            which,
            cut
              ? join(before, after.subarray(Math.min(size, after.byteLength)))
              : join(before, pattern(size, at), after),
          ),
        );
      }),
      { numRuns: costlyRuns(800) },
    );
  });

  it('after cutting off or adding bytes of the manifest, whichever way it was signed', async () => {
    const ways = await signedOtherwise(stored);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(stored, ...ways),
        share,
        fc.integer({ min: 1, max: 500 }),
        fc.boolean(),
        (signed, where, size, cut) => {
          const at = Math.floor(where * signed.manifest.byteLength);
          const [before, after] = [signed.manifest.subarray(0, at), signed.manifest.subarray(at)];
          return failsClosed(signed, {
            manifest: cut
              ? join(before, after.subarray(Math.min(size, after.byteLength)))
              : join(before, pattern(size), after),
          });
        },
      ),
      { numRuns: costlyRuns(800) },
    );
  });

  it('after dropping, doubling or moving segments', async () => {
    const edit = fc.constantFrom('drop', 'double', 'swap', 'over');
    await fc.assert(
      fc.asyncProperty(victim, edit, fc.nat(3), fc.integer({ min: 1, max: 3 }), (which, how, from, distance) => {
        const file = fileOf(stored, which);
        const segments = segmentsOf(file);
        const a = from % segments.length;
        const b = (a + (distance % segments.length || 1)) % segments.length;
        const [one, two] = [segments[a] ?? file, segments[b] ?? file];
        if (how === 'drop') segments.splice(a, 1);
        if (how === 'double') segments.splice(a, 0, one);
        if (how === 'swap') [segments[a], segments[b]] = [two, one];
        if (how === 'over') segments[a] = two;
        const edited = withSegments(file, segments);
        return same(edited, file) ? Promise.resolve(true) : failsClosed(stored, withFile(which, edited));
      }),
      { numRuns: costlyRuns(800) },
    );
  });

  it('after putting in segments, headers, bodies, whole files or manifests from elsewhere', async () => {
    const what = fc.constantFrom('segment', 'header', 'body', 'file');
    await fc.assert(
      fc.asyncProperty(
        victim,
        victim,
        what,
        fc.constantFrom('stored', 'older', 'other'),
        fc.nat(3),
        (which, from, part, source, at) => {
          const file = fileOf(stored, which);
          const foreign = fileOf({ stored, older, other }[source], from);
          const segments = segmentsOf(file);
          const index = at % segments.length;
          segments[index] = segmentsOf(foreign)[index] ?? foreign.subarray(headerLength);
          const edited = {
            segment: withSegments(file, segments),
            header: join(foreign.subarray(0, headerLength), file.subarray(headerLength)),
            body: join(file.subarray(0, headerLength), foreign.subarray(headerLength)),
            file: foreign,
          }[part];
          return same(edited, file) ? Promise.resolve(true) : failsClosed(stored, withFile(which, edited));
        },
      ),
      { numRuns: costlyRuns(800) },
    );
    expect(await failsClosed(stored, { manifest: older.manifest })).toBe(true);
    expect(await failsClosed(stored, { manifest: other.manifest })).toBe(true);
  });

  it('after dropping, doubling or reordering runs, or taking away or adding the head', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(3), { maxLength: 6 }), (order) => {
        const runs = order.map((run) => stored.runs[run] ?? new Uint8Array());
        return order.join() === '0,1,2,3' ? Promise.resolve(true) : failsClosed(stored, { runs });
      }),
      { numRuns: costlyRuns(500) },
    );
    expect(await failsClosed(stored, { head: null })).toBe(true);
    const headless = await sealObject(desk, [100], null);
    expect(await failsClosed(headless, { head: stored.head })).toBe(true);
  });

  it('in runs of more than one block of 64 segments either, wherever segments or bytes were changed', async () => {
    const long = await sealObject(desk, [200 * 4080, -130], null);
    const edit = fc.constantFrom('flip', 'drop', 'double', 'swap', 'over', 'elsewhere');
    // Distances of whole blocks, too: a segment must not pass for the one a block later.
    const distance = fc.oneof(fc.constantFrom(64, 128), fc.integer({ min: 1, max: 129 }));
    await fc.assert(
      fc.asyncProperty(fc.nat(1), edit, fc.nat(129), distance, mask, (which, how, from, step, bits) => {
        const file = long.runs[which] ?? new Uint8Array();
        const segments = segmentsOf(file);
        const [a, b] = [from, (from + step) % segments.length];
        const [one, two] = [segments[a] ?? file, segments[b] ?? file];
        if (how === 'flip') segments[a] = flipped(one, step, bits);
        if (how === 'drop') segments.splice(a, 1);
        if (how === 'double') segments.splice(a, 0, one);
        if (how === 'swap') [segments[a], segments[b]] = [two, one];
        if (how === 'over') segments[a] = two;
        if (how === 'elsewhere') segments[a] = segmentsOf(long.runs[1 - which] ?? file)[a] ?? two;
        const edited = withSegments(file, segments);
        const runs = long.runs.map((run, index) => (index === which ? edited : run));
        return same(edited, file) ? Promise.resolve(true) : failsClosed(long, { runs });
      }),
      { numRuns: costlyRuns(150) },
    );
    expect(await failsClosed(long, {})).toBe(false);
  });

  it('says where: the layer, the run, the segment', async () => {
    const at = async (which: Victim, offset: number) =>
      rejection(open(stored, withFile(which, flipped(fileOf(stored, which), offset, 1))));
    expect(await at(2, 0)).toEqual({ code: 'format', at: 'header' });
    expect(await at(2, 9)).toEqual({ code: 'unknownVersion', at: 'header' });
    expect(await at(2, 11)).toEqual({ code: 'unknownVersion', at: 'header' });
    expect(await at(2, 20)).toEqual({ code: 'authenticity', at: 'header, run 2' });
    expect(await at(2, 1280)).toEqual({ code: 'format', at: 'body, run 2' });
    expect(await at('head', 1280 + 4096 + 3)).toEqual({ code: 'authenticity', at: 'body, segment 1' });
    const middle = await open(stored, withFile(0, flipped(fileOf(stored, 0), 1280 + 2 * 4096 + 9, 1)));
    expect(await rejection(middle.read(9000, 1))).toEqual({ code: 'authenticity', at: 'body, run 0, segment 2' });
    expect((await middle.read(0, 8120)).byteLength).toBe(8120);
    expect(await rejection(open(stored, { runs: stored.runs.slice(1) }))).toEqual({ code: 'length', at: 'object' });
    expect(await rejection(open(stored, withFile(1, fileOf(stored, 1).slice(0, -1))))).toEqual({
      code: 'length',
      at: 'run, run 1',
    });
  });
});

describe('the check without a key', () => {
  it('finds any change to any byte of any file', async () => {
    const stored = await sealObject(await openDesk(), [600_000, -2, 9000], 300);
    const files = [...stored.runs, stored.head ?? new Uint8Array()];
    await fc.assert(
      fc.asyncProperty(
        fc.nat(files.length - 1),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 1, max: 255 }),
        async (which, where, bits) => {
          const file = files[which] ?? new Uint8Array();
          const edited = flipped(file, Math.floor(where * file.byteLength), bits);
          const runs = stored.runs.map((run, index) => (index === which ? edited : run));
          const head = which === stored.runs.length ? edited : stored.head;
          return await verify(stored, { runs, head }).then(
            () => false,
            () => true,
          );
        },
      ),
      { numRuns: costlyRuns(300) },
    );
  });
});
