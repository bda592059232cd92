import { XWing } from '@hpke/hybridkem-x-wing';
import {
  type Bytes,
  bytesSource,
  createRun,
  type Hash,
  type KeyPort,
  type ManifestSigner,
  type NotedRun,
  type ObjectContext,
  objectContext,
  type RunContext,
  type RunRecord,
  type SealedPiece,
  sealBytes,
  signManifest,
  surveyRun,
  type TrustedSigner,
  unwrapDataKey,
} from '../src/index.ts';

/** What a test seals with: one object's keys, a signer, the context. */
export interface Desk {
  readonly publicKey: Bytes;
  readonly privateKey: Bytes;
  readonly context: ObjectContext;
  readonly signer: ManifestSigner & { readonly algorithm: 'Ed25519' };
  readonly trusted: TrustedSigner;
  readonly keys: KeyPort;
}

/** A whole object as storage would have it. */
export interface Stored {
  readonly desk: Desk;
  readonly plaintext: Bytes;
  readonly runs: readonly Bytes[];
  readonly head: Bytes | null;
  readonly headPlaintext: Bytes;
  readonly records: readonly RunRecord[];
  readonly headRecord: RunRecord | null;
  readonly manifest: Bytes;
}

export const sealedAt = '2031-05-06T07:08:09Z';

export const text = (words: string): Bytes => new TextEncoder().encode(words);

export const join = (...parts: readonly Uint8Array[]): Bytes => {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.byteLength;
  }
  return joined;
};

/** Bytes that differ everywhere, so that a slice from the wrong place shows. */
export const pattern = (length: number, salt = 0): Bytes => {
  const bytes = new Uint8Array(length);
  let state = 0x9e3779b9 ^ salt;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
};

/** Hexadecimal, spaces allowed. */
export const fromHex = (hex: string): Bytes =>
  Uint8Array.from(hex.replaceAll(/\s/g, '').match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));

export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

const id = (digit: string): string => digit.repeat(21).concat('A');

export const someContext = (over: Partial<Record<keyof ObjectContext, unknown>> = {}): ObjectContext =>
  objectContext.parse({
    clinic: id('c'),
    pseudonym: id('p'),
    visit: id('v'),
    object: id('o'),
    kind: 'recording',
    track: 3,
    consent: 'k'.repeat(42).concat('A'),
    ...over,
  });

const keyPairFrom = async (seed: Bytes): Promise<{ publicKey: Bytes; privateKey: Bytes }> => {
  const kem = new XWing();
  const pair = await kem.generateKeyPairDerand(seed.slice());
  return { publicKey: new Uint8Array(await kem.serializePublicKey(pair.publicKey)), privateKey: seed };
};

const ed25519Signer = async (): Promise<ManifestSigner & { readonly algorithm: 'Ed25519' }> => {
  const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new Error('not a pair');
  const { publicKey, privateKey } = pair;
  return {
    algorithm: 'Ed25519',
    publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)),
    sign: async (message) => new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, message)),
  };
};

/** Unwraps each header once, as a keystore would that is asked again: the KEM is most of what opening costs. */
const rememberingKeys = (privateKey: Bytes): KeyPort => {
  const known = new Map<string, Bytes>();
  return async (header) => {
    const name = toHex(header.hash);
    const dataKey = known.get(name) ?? (await unwrapDataKey(header, privateKey));
    known.set(name, dataKey.slice());
    return dataKey;
  };
};

export const openDesk = async (context = someContext(), seed = pattern(32, 7)): Promise<Desk> => {
  const { publicKey, privateKey } = await keyPairFrom(seed);
  const signer = await ed25519Signer();
  return {
    publicKey,
    privateKey,
    context,
    signer,
    trusted: { algorithm: 'Ed25519', publicKey: signer.publicKey },
    keys: rememberingKeys(privateKey),
  };
};

export const contextOf = (desk: Desk, run: number, part: 'body' | 'head' = 'body'): RunContext => ({
  object: desk.context,
  part,
  run,
});

/** Decodes what records hold. */
export const fromBase64url = (encoded: string): Bytes =>
  Uint8Array.from(atob(encoded.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));

export const hashOf = (record: RunRecord | undefined): Bytes | null =>
  record === undefined ? null : fromBase64url(record.hash);

/** Seals one run, cut into these chunks, and collects what the sink is given. */
export const sealRun = async (
  desk: Desk,
  run: number,
  previous: Bytes | null,
  chunks: readonly Uint8Array[],
): Promise<{ file: Bytes; record: RunRecord; pieces: readonly SealedPiece[] }> => {
  const pieces: SealedPiece[] = [];
  const sealing = await createRun(
    { context: contextOf(desk, run), publicKey: desk.publicKey, previous },
    async (piece) => {
      pieces.push(piece);
    },
  );
  const writer = sealing.writable.getWriter();
  for (const chunk of chunks) await writer.write(chunk);
  await writer.close();
  return { file: join(...pieces.flatMap(({ chunks: sealed }) => [...sealed])), record: await sealing.record, pieces };
};

/** A run as a crash leaves it: whole segments, and no end. */
const cutRun = async (file: Bytes, segments: number, noted: NotedRun): Promise<{ file: Bytes; record: RunRecord }> => {
  const kept = file.slice(0, 1280 + 4096 * segments);
  return { file: kept, record: (await surveyRun(bytesSource(kept), 'cut', noted)).record };
};

/**
 * Seals an object of runs with the given lengths. A negative length is a run that was cut after that many segments.
 */
export const sealObject = async (
  desk: Desk,
  lengths: readonly number[],
  headLength: number | null,
  roster: Hash | null = null,
): Promise<Stored> => {
  const runs: Bytes[] = [];
  const records: RunRecord[] = [];
  const plaintexts: Bytes[] = [];
  for (const [run, length] of lengths.entries()) {
    const whole = pattern(length >= 0 ? length : 4080 * -length + 100, run);
    const sealed = await sealRun(desk, run, hashOf(records.at(-1)), [whole]);
    const noted = { header: sealed.record.header, context: contextOf(desk, run) };
    const { file, record } = length >= 0 ? sealed : await cutRun(sealed.file, -length, noted);
    runs.push(file);
    records.push(record);
    plaintexts.push(whole.slice(0, record.length));
  }
  const headPlaintext = pattern(headLength ?? 0, 99);
  const head =
    headLength === null
      ? null
      : await sealBytes(
          { context: contextOf(desk, 0, 'head'), publicKey: desk.publicKey, previous: null },
          headPlaintext,
        );
  const manifest = await signManifest(
    { context: desk.context, roster, sealedAt, runs: records, head: head?.record ?? null },
    desk.signer,
  );
  return {
    desk,
    plaintext: join(...plaintexts),
    runs,
    head: head?.file ?? null,
    headPlaintext,
    records,
    headRecord: head?.record ?? null,
    manifest,
  };
};
