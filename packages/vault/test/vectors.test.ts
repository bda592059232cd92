import { describe, expect, it } from 'vitest';
import {
  type Bytes,
  bytesSource,
  checkManifest,
  objectContext,
  openObject,
  type RunContext,
  runRecord,
  type TrustedSigner,
  unwrapDataKey,
  verifyObject,
} from '../src/index.ts';
import { salvageRun } from '../src/salvage.ts';
import { unsafeCreateRun } from '../src/testing/index.ts';
import { same } from './opening.ts';
import { fromBase64url, join } from './sealing.ts';
import { vectorPlaintext } from './vectors/plaintext.ts';
import vectors from './vectors/v1.json' with { type: 'json' };

/** What was sealed when version 1 was fixed opens for ever, in every runtime. */
describe('the frozen vectors of version 1', () => {
  const privateKey = (): Bytes => fromBase64url(vectors.privateKey);
  const context: RunContext = { object: objectContext.parse(vectors.context), part: 'body', run: 0 };
  const keys = (header: Parameters<typeof unwrapDataKey>[0]) => unwrapDataKey(header, privateKey());

  for (const [index, { file, record }] of vectors.runs.entries()) {
    it(`${index}: a run of ${record.length} bytes opens`, async () => {
      const reader = await salvageRun(bytesSource(fromBase64url(file)), 'closed', keys);
      expect(same(await reader.read(0, reader.length), vectorPlaintext(record.length, 0))).toBe(true);
    });

    it(`${index}: a run of ${record.length} bytes is sealed to the same bytes again`, async () => {
      const { randomness } = vectors.runs[index] ?? { randomness: { dataKey: '', body: '', encapsulation: '' } };
      const chunks: Uint8Array[] = [];
      const run = await unsafeCreateRun(
        { context, publicKey: fromBase64url(vectors.publicKey), previous: null },
        async (piece) => {
          chunks.push(...piece.chunks);
        },
        {
          dataKey: fromBase64url(randomness.dataKey),
          body: fromBase64url(randomness.body),
          encapsulation: fromBase64url(randomness.encapsulation),
        },
      );
      const writer = run.writable.getWriter();
      await writer.write(vectorPlaintext(record.length, 0));
      await writer.close();
      expect(same(join(...chunks), fromBase64url(file))).toBe(true);
      expect(await run.record).toEqual(runRecord.parse(record));
    });
  }

  const { object } = vectors;

  const signerOf = (algorithm: string, publicKey: Bytes): TrustedSigner => {
    if (algorithm === 'Ed25519' || algorithm === 'ES256') return { algorithm, publicKey };
    return { algorithm: 'WebAuthn', publicKey, rpId: object.rpId, origins: [object.origin] };
  };

  for (const { algorithm, publicKey, bytes } of object.manifests) {
    it(`the object opens by its manifest signed with ${algorithm}`, async () => {
      const manifest = await checkManifest(fromBase64url(bytes), {
        signer: signerOf(algorithm, fromBase64url(publicKey)),
        context: context.object,
        hash: null,
      });
      const sources = {
        runs: object.runs.map((run) => bytesSource(fromBase64url(run))),
        head: bytesSource(fromBase64url(object.head)),
      };
      await verifyObject(manifest, sources);
      const reader = await openObject(manifest, sources, keys);
      const expected = object.plaintextLengths.map((length, run) => vectorPlaintext(length, run));
      expect(same(await reader.read(0, reader.length), join(...expected))).toBe(true);
      const head = await reader.head?.read(0, reader.head.length);
      expect(head !== undefined && same(head, vectorPlaintext(object.headLength, 200))).toBe(true);
    });
  }
});
