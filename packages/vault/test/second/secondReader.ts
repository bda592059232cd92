/**
 * A second reader of sealed objects, written from SPEC.md to be read beside it. It uses node:crypto alone and shares no
 * code with the package. It is slow, holds everything in memory, and throws whatever comes: it exists to show that
 * the specification is enough.
 */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { hkdf } from './hkdf.ts';
import { hpkeOpen } from './hpke.ts';
import { openStream } from './tinkStream.ts';

export interface SecondObject {
  readonly plaintext: Buffer;
  readonly head: Buffer | null;
}

interface RunRecord {
  readonly ending: 'closed' | 'cut';
  readonly hash: string;
  readonly header: string;
  readonly lastTag: string;
  readonly length: number;
  readonly segments: number;
}

interface Payload {
  readonly context: Readonly<Record<string, unknown>>;
  readonly runs: readonly RunRecord[];
  readonly head: RunRecord | null;
}

export const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
  createHash('sha256').update(Buffer.concat(parts)).digest();

const must = (condition: boolean, what: string): void => {
  if (!condition) throw new Error(`second reader: ${what}`);
};

/** JCS for what occurs here: objects, arrays, strings, integers, null. */
const jcs = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(jcs).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${jcs(member)}`).join(',')}}`;
  }
  return JSON.stringify(value);
};

// ── section 9 ────────────────────────────────────────────────────────────────────────────────────────────────────
const ed25519 = (raw: Buffer): KeyObject =>
  createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') } });

const p256 = (raw: Buffer): KeyObject => {
  must(raw[0] === 4, 'the point is uncompressed');
  const [x, y] = [raw.subarray(1, 33).toString('base64url'), raw.subarray(33).toString('base64url')];
  return createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x, y } });
};

const es256Verifies = (data: Buffer, raw: Buffer, signature: Buffer): boolean =>
  verify('sha256', data, { key: p256(raw), dsaEncoding: 'ieee-p1363' }, signature);

const webAuthnVerifies = (message: Buffer, raw: Buffer, field: Buffer, rpId: string, origin: string): boolean => {
  const a = field.readUInt16BE(0);
  const authenticatorData = field.subarray(2, 2 + a);
  const c = field.readUInt16BE(2 + a);
  const clientDataJSON = field.subarray(4 + a, 4 + a + c);
  const signature = field.subarray(4 + a + c);
  const client: unknown = JSON.parse(clientDataJSON.toString('utf8'));
  must(typeof client === 'object' && client !== null, 'client data is an object');
  const said = client as Readonly<Record<string, unknown>>;
  must(said['type'] === 'webauthn.get', 'it is an assertion');
  must(said['challenge'] === sha256(message).toString('base64url'), 'the challenge is the message');
  must(said['origin'] === origin, 'the origin is trusted');
  must(said['crossOrigin'] !== true, 'the page was not embedded');
  must(authenticatorData.subarray(0, 32).equals(sha256(Buffer.from(rpId))), 'the rpId is trusted');
  must(((authenticatorData[32] ?? 0) & 0x05) === 0x05, 'a person was there and verified');
  return es256Verifies(Buffer.concat([authenticatorData, sha256(clientDataJSON)]), raw, signature);
};

/** Reads and verifies a manifest against the signer's raw public key. */
export const readManifest = (manifest: Buffer, publicKey: Buffer, rpId: string, origin: string): Payload => {
  must(manifest.subarray(0, 10).toString('hex') === '89534d46530d0a1a0001', 'magic and version');
  const algorithm = manifest.readUInt16BE(10);
  const p = manifest.readUInt32BE(12);
  const k = algorithm === 1 ? 32 : 65;
  must(manifest.subarray(16, 16 + k).equals(publicKey), 'the key is the trusted one');
  const payload = manifest.subarray(16 + k, 16 + k + p);
  const s = manifest.readUInt16BE(16 + k + p);
  const signature = manifest.subarray(18 + k + p);
  must(signature.length === s, 'nothing follows');
  const message = Buffer.concat([Buffer.from('sotto/vault/v1 manifest\0'), manifest.subarray(0, 16 + k + p)]);
  const good = {
    1: () => verify(null, message, ed25519(publicKey), signature),
    2: () => es256Verifies(message, publicKey, signature),
    3: () => webAuthnVerifies(message, publicKey, signature, rpId, origin),
  }[algorithm];
  must(good?.() === true, 'the signature verifies');
  const parsed = JSON.parse(payload.toString('utf8')) as Payload;
  must(jcs(parsed) === payload.toString('utf8'), 'the payload is canonical');
  return parsed;
};

// ── sections 4 to 8 ──────────────────────────────────────────────────────────────────────────────────────────────
const runHash = (header: Buffer, body: Buffer): Buffer => {
  let chain = sha256(Buffer.from('sotto/vault/v1 run'), header);
  for (let start = 0; start < body.length; start += 262_144) {
    chain = sha256(chain, body.subarray(start, start + 262_144));
  }
  return chain;
};

/** Opens one run, by the object's private key, as what the record and the context say it is. */
const openRun = (
  file: Buffer,
  record: RunRecord,
  context: Readonly<Record<string, unknown>>,
  part: 'body' | 'head',
  run: number,
  previous: Buffer,
  privateKey: Buffer,
): Buffer => {
  const [header, body] = [file.subarray(0, 1280), file.subarray(1280)];
  const contextHash = sha256(Buffer.from(jcs({ ...context, type: 'sotto/vault/context/v1', part, run })));
  must(sha256(header).toString('base64url') === record.header, 'the header is the record’s');
  must(header.subarray(0, 12).toString('hex') === '8953564c540d0a1a00010001', 'magic, version, suite');
  must(header.readUInt16BE(12) === (part === 'head' ? 1 : 0) && header.readUInt16BE(14) === run, 'part and run');
  must(header.subarray(16, 48).equals(contextHash), 'context');
  must(header.subarray(48, 80).equals(previous), 'previous');
  must(runHash(header, body).toString('base64url') === record.hash, 'run hash');
  must(body.subarray(-16).toString('base64url') === record.lastTag, 'last tag');
  const dataKey = hpkeOpen({
    privateKey,
    enc: header.subarray(112, 1232),
    info: contextHash,
    aad: header.subarray(0, 112),
    ciphertext: header.subarray(1232),
  });
  const commitment = hkdf('sha256', dataKey, Buffer.alloc(0), Buffer.from('sotto/vault/v1 key commitment'), 32);
  must(header.subarray(80, 112).equals(commitment), 'commitment');
  const parameters = { hash: 'sha256', derivedKeySize: 32, segmentSize: 4096 } as const;
  const plaintext = openStream(parameters, dataKey, contextHash, body, record.ending);
  must(plaintext.length === record.length && Math.ceil(body.length / 4096) === record.segments, 'length');
  return plaintext;
};

/** Opens an object whose manifest has been read. */
export const openWithSecondReader = (
  { context, runs, head }: Payload,
  files: readonly Buffer[],
  headFile: Buffer | null,
  privateKey: Buffer,
): SecondObject => {
  const zeros = Buffer.alloc(32);
  const before = [zeros, ...runs.map(({ hash }) => Buffer.from(hash, 'base64url'))];
  const opened = runs.map((record, run) =>
    openRun(files[run] ?? zeros, record, context, 'body', run, before[run] ?? zeros, privateKey),
  );
  must((head === null) === (headFile === null), 'the head is there as the manifest says');
  return {
    plaintext: Buffer.concat(opened),
    head: head === null || headFile === null ? null : openRun(headFile, head, context, 'head', 0, zeros, privateKey),
  };
};
