/**
 * Wrote v1.json, once. It refuses to write it again: what version 1 means is what the file says. Kept so that anybody
 * can see how each value came to be. Run by `npm run vectors -w @sotto/vault`.
 */
import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject, sign } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Bytes,
  bytesSource,
  hash,
  type ManifestSigner,
  objectContext,
  passkeySigner,
  type RunContext,
  type RunRecord,
  signManifest,
  surveyRun,
} from '../../src/index.ts';
import { type RunRandomness, unsafeCreateRun } from '../../src/testing/index.ts';
import { xWingPublicKey } from '../second/xWing.ts';
import { vectorPlaintext } from './plaintext.ts';

const target = join(import.meta.dirname, 'v1.json');
if (existsSync(target)) throw new Error('v1.json is frozen.');

/** Fixed bytes by name. */
const fixed = (name: string, length: number): Bytes =>
  new Uint8Array(hkdfSync('sha256', 'sotto/vault/v1 vectors', '', name, length));

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

const sha256 = async (bytes: Bytes): Promise<Bytes> => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));

const privateKey = fixed('object private key', 32);
const publicKey = new Uint8Array(xWingPublicKey(privateKey));

const object = objectContext.parse({
  clinic: base64url(fixed('clinic', 16)),
  pseudonym: base64url(fixed('pseudonym', 16)),
  visit: base64url(fixed('visit', 16)),
  object: base64url(fixed('object', 16)),
  kind: 'recording',
  track: 1,
  consent: base64url(fixed('consent', 32)),
});

const randomnessOf = (name: string): RunRandomness => ({
  dataKey: fixed(`${name} data key`, 32),
  body: fixed(`${name} body`, 39),
  encapsulation: fixed(`${name} encapsulation`, 64),
});

const seal = async (name: string, context: RunContext, previous: RunRecord | undefined, plaintext: Bytes) => {
  const randomness = randomnessOf(name);
  const described = {
    dataKey: base64url(randomness.dataKey),
    body: base64url(randomness.body),
    encapsulation: base64url(randomness.encapsulation ?? new Uint8Array()),
  };
  const chunks: Uint8Array[] = [];
  const run = await unsafeCreateRun(
    {
      context,
      publicKey,
      previous: previous === undefined ? null : new Uint8Array(Buffer.from(previous.hash, 'base64url')),
    },
    async (piece) => {
      chunks.push(...piece.chunks);
    },
    randomness,
  );
  const writer = run.writable.getWriter();
  await writer.write(plaintext);
  await writer.close();
  return { randomness: described, record: await run.record, file: new Uint8Array(Buffer.concat(chunks)) };
};

const lengths = [0, 1, 15, 16, 4039, 4040, 4041, 8119, 8120, 8121, 12_200];
const bodyContext = (run: number): RunContext => ({ object, part: 'body', run });

const runs = await Promise.all(
  lengths.map(async (length) => {
    const { randomness, record, file } = await seal(
      `run of ${length}`,
      bodyContext(0),
      undefined,
      vectorPlaintext(length, 0),
    );
    return { randomness, record, file: base64url(file) };
  }),
);

// ── an object: a run that was cut after two of its three segments, a closed one, an empty one, and a head ──────────
const first = await seal('object run 0', bodyContext(0), undefined, vectorPlaintext(9000, 0));
const cutFile = first.file.slice(0, 1280 + 2 * 4096);
const cut = (await surveyRun(bytesSource(cutFile), 'cut', { header: first.record.header, context: bodyContext(0) }))
  .record;
const second = await seal('object run 1', bodyContext(1), cut, vectorPlaintext(5000, 1));
const third = await seal('object run 2', bodyContext(2), second.record, vectorPlaintext(0, 2));
const head = await seal('object head', { object, part: 'head', run: 0 }, undefined, vectorPlaintext(333, 200));

const manifest = {
  context: object,
  roster: hash.parse(base64url(fixed('roster', 32))),
  sealedAt: '2026-01-02T03:04:05Z',
  runs: [cut, second.record, third.record],
  head: head.record,
};

// ── the three ways to sign it ──────────────────────────────────────────────────────────────────────────────────────
const ed25519Key = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), fixed('ed25519 key', 32)]),
  format: 'der',
  type: 'pkcs8',
});

/** A P-256 key from its private scalar (RFC 5915 within PKCS #8, the public half left out). */
const p256Key = createPrivateKey({
  key: Buffer.concat([
    Buffer.from('3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420', 'hex'),
    fixed('p256 key', 32),
  ]),
  format: 'der',
  type: 'pkcs8',
});

const rawPublic = (key: KeyObject, length: number): Bytes =>
  new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-length));

const ed25519: ManifestSigner = {
  algorithm: 'Ed25519',
  publicKey: rawPublic(ed25519Key, 32),
  sign: async (message) => new Uint8Array(sign(null, message, ed25519Key)),
};

const es256: ManifestSigner = {
  algorithm: 'ES256',
  publicKey: rawPublic(p256Key, 65),
  sign: async (message) => new Uint8Array(sign('sha256', message, { key: p256Key, dsaEncoding: 'ieee-p1363' })),
};

const rpId = 'clinic.example';
const origin = 'https://clinic.example';
const webAuthn = passkeySigner({ publicKey: es256.publicKey, rpId, origins: [origin] }, async (challenge) => {
  const rpIdHash = await sha256(new TextEncoder().encode(rpId));
  const authenticatorData = new Uint8Array(Buffer.concat([rpIdHash, Buffer.of(0x05, 0, 0, 0, 1)]));
  const clientDataJSON = new TextEncoder().encode(
    JSON.stringify({ type: 'webauthn.get', challenge: base64url(challenge), origin, crossOrigin: false }),
  );
  const signed = Buffer.concat([authenticatorData, await sha256(clientDataJSON)]);
  return { authenticatorData, clientDataJSON, signature: new Uint8Array(sign('sha256', signed, p256Key)) };
});

const signed = await Promise.all(
  [ed25519, es256, webAuthn].map(async (signer) => ({
    algorithm: signer.algorithm,
    publicKey: base64url(signer.publicKey),
    bytes: base64url(await signManifest(manifest, signer)),
  })),
);

const vectors = {
  about: 'Sealed objects, version 1 (SPEC.md). Frozen. Bytes are base64url.',
  privateKey: base64url(privateKey),
  publicKey: base64url(publicKey),
  context: object,
  runs,
  object: {
    manifests: signed,
    rpId,
    origin,
    runs: [cutFile, second.file, third.file].map(base64url),
    head: base64url(head.file),
    plaintextLengths: manifest.runs.map(({ length }) => length),
    headLength: head.record.length,
  },
};
writeFileSync(target, `${JSON.stringify(vectors, null, 1)}\n`, { flag: 'wx' });
