import * as z from 'zod';
import { type Bytes, concat, copyOf, equal, sha256, utf8, view } from './bytes.ts';
import { canonicalJson, type Hash, hash, type ObjectContext, objectContext } from './context.ts';
import {
  ArgumentError,
  FormatError,
  LengthError,
  LimitError,
  MismatchError,
  type Place,
  PortError,
  UnknownVersionError,
} from './errors.ts';
import { maxHeadLength, maxPayloadLength, maxRuns, maxSignatureLength } from './limits.ts';
import { type RunRecord, runRecord, toHash } from './record.ts';
import {
  type Algorithm,
  algorithmOf,
  algorithms,
  checkSignature,
  type ManifestSigner,
  ownSigner,
  publicKeyLengths,
  type TrustedSigner,
} from './signature.ts';

const place: Place = { layer: 'manifest' };
const magic = Uint8Array.of(0x89, 0x53, 0x4d, 0x46, 0x53, 0x0d, 0x0a, 0x1a);
const version = 1;
const fixedLength = 16;
const label = concat(utf8('sotto/vault/v1 manifest'), Uint8Array.of(0));

const payloadSchema = z.strictObject({
  type: z.literal('sotto/vault/manifest/v1'),
  context: objectContext,
  roster: hash.nullable(),
  sealedAt: z.iso.datetime({ precision: 0 }),
  runs: z.array(runRecord).min(1).max(maxRuns),
  head: runRecord.refine(({ ending, length }) => ending === 'closed' && length <= maxHeadLength).nullable(),
});

/** What a manifest says (SPEC.md section 9). */
export interface Manifest {
  readonly context: ObjectContext;
  /** Hash of who was present, as the writer's protocol states it. */
  readonly roster: Hash | null;
  /** UTC, whole seconds: `YYYY-MM-DDThh:mm:ssZ`. */
  readonly sealedAt: string;
  readonly runs: readonly RunRecord[];
  readonly head: RunRecord | null;
}

/** A manifest whose bytes were well-formed. Says nothing of who signed, or whether it was signed rightly. */
export interface ParsedManifest extends Manifest {
  readonly algorithm: Algorithm;
  readonly publicKey: Bytes;
  /** Bytes of the manifest's file. */
  readonly byteLength: number;
  /** SHA-256 of the whole manifest: what is logged. */
  readonly hash: Hash;
}

declare const checked: unique symbol;

/** A manifest that a trusted key signed and that speaks of the object asked for. Only `checkManifest` makes one. */
export type CheckedManifest = ParsedManifest & { readonly [checked]: true };

/** What a reader knows before it looks. */
export interface ManifestExpectation {
  readonly signer: TrustedSigner;
  readonly context: ObjectContext;
  /** The logged manifest hash, or `null` where there is no log: then an older manifest of the same object passes. */
  readonly hash: Hash | null;
}

/** Whether `bytes` begin like a manifest. */
export const beginsManifest = (bytes: Bytes): boolean => equal(bytes.subarray(0, magic.byteLength), magic);

const parsePayload = (bytes: Bytes): Manifest => {
  let parsed: z.infer<typeof payloadSchema>;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    parsed = payloadSchema.parse(JSON.parse(text));
  } catch {
    throw new FormatError(place);
  }
  if (!equal(canonicalJson(parsed), bytes)) throw new FormatError(place);
  const { context, roster, sealedAt, runs, head } = parsed;
  return { context, roster, sealedAt, runs, head };
};

interface Split {
  readonly algorithm: Algorithm;
  readonly publicKey: Bytes;
  readonly payload: Bytes;
  /** What the signature is over, without the label. */
  readonly signed: Bytes;
  readonly signature: Bytes;
  readonly byteLength: number;
}

/** Steps 1 and 2 of SPEC.md section 10, of bytes that nobody else can change. Bytes after the manifest are allowed here, for streams. */
const split = (bytes: Bytes): Split => {
  if (bytes.byteLength < fixedLength) throw new LengthError(place);
  if (!beginsManifest(bytes)) throw new FormatError(place);
  const words = view(bytes);
  const algorithm = algorithmOf(words.getUint16(10));
  if (words.getUint16(8) !== version || algorithm === null) throw new UnknownVersionError(place);
  const payloadLength = words.getUint32(12);
  if (payloadLength > maxPayloadLength) throw new LimitError(place);
  const payloadStart = fixedLength + publicKeyLengths[algorithm];
  const signedLength = payloadStart + payloadLength;
  if (signedLength + 2 > bytes.byteLength) throw new LengthError(place);
  const signatureLength = words.getUint16(signedLength);
  if (signatureLength > maxSignatureLength) throw new LimitError(place);
  const byteLength = signedLength + 2 + signatureLength;
  if (byteLength > bytes.byteLength) throw new LengthError(place);
  return {
    algorithm,
    publicKey: bytes.slice(fixedLength, payloadStart),
    payload: bytes.subarray(payloadStart, signedLength),
    signed: bytes.subarray(0, signedLength),
    signature: bytes.subarray(signedLength + 2, byteLength),
    byteLength,
  };
};

/** Longest manifest there can be: how much of a stream to look at. */
export const maxManifestLength = fixedLength + 65 + maxPayloadLength + 2 + maxSignatureLength;

/**
 * Reads the manifest at the beginning of `bytes`, trusting nothing: for tools that show it, and for streams, in which
 * the runs follow. `byteLength` says where it ends.
 *
 * @throws FormatError, LengthError, LimitError or UnknownVersionError, layer `manifest`
 */
export const inspectManifest = async (bytes: Bytes): Promise<ParsedManifest> =>
  await parse(copyOf(bytes, place, maxManifestLength));

/** @param own bytes that nobody else can change */
const parse = async (own: Bytes): Promise<ParsedManifest> => {
  const { algorithm, publicKey, payload, byteLength } = split(own);
  const manifest = parsePayload(payload);
  return { ...manifest, algorithm, publicKey, byteLength, hash: toHash(await sha256(own.subarray(0, byteLength))) };
};

/**
 * Checks a manifest: SPEC.md section 10, steps 1 to 5.
 *
 * @param bytes the manifest and nothing else
 * @throws FormatError, LengthError, LimitError or UnknownVersionError when it isn't a manifest of this version
 * @throws AuthenticityError when its signature is wrong
 * @throws MismatchError when another key signed it, or it speaks of another object, or isn't the logged one
 */
export const checkManifest = async (bytes: Bytes, expected: ManifestExpectation): Promise<CheckedManifest> => {
  // What is parsed must be what is hashed and what the signature is over, whatever the caller does meanwhile.
  const own = copyOf(bytes, place, maxManifestLength);
  const { byteLength } = bytes;
  const { hash: logged } = expected;
  const signer = ownSigner(expected.signer);
  const context = canonicalJson(expected.context);
  const parts = split(own);
  if (own.byteLength !== byteLength || parts.byteLength !== byteLength) throw new LengthError(place);
  const manifest = await parse(own);
  await checkSignature(signer, parts, concat(label, parts.signed));
  if (!equal(canonicalJson(manifest.context), context)) throw new MismatchError(place);
  if (logged !== null && manifest.hash !== logged) throw new MismatchError(place);
  return manifest as CheckedManifest;
};

/**
 * Writes and signs a manifest, and checks it as a reader would before it lets it go.
 *
 * @throws ArgumentError when it says something that no manifest may say
 * @throws PortError when the signer fails; AuthenticityError, FormatError or MismatchError when it signed wrongly, or a
 *   passkey on another page or without the person
 */
export const signManifest = async (manifest: Manifest, signer: ManifestSigner): Promise<Bytes> => {
  const payload = canonicalJson(payloadOf(manifest));
  const trusted = ownSigner(signer);
  const { algorithm, publicKey } = trusted;
  const fixed = new Uint8Array(fixedLength);
  fixed.set(magic);
  const words = view(fixed);
  words.setUint16(8, version);
  words.setUint16(10, algorithms[algorithm]);
  words.setUint32(12, payload.byteLength);
  if (publicKey.byteLength !== publicKeyLengths[algorithm] || payload.byteLength > maxPayloadLength) {
    throw new ArgumentError(place);
  }
  const signed = concat(fixed, publicKey, payload);
  const message = concat(label, signed);
  const signature = await askToSign(signer, message.slice());
  if (signature.byteLength > maxSignatureLength) throw new LimitError({ layer: 'signature' });
  await checkSignature(trusted, { algorithm, publicKey, signature }, message);
  const length = new Uint8Array(2);
  view(length).setUint16(0, signature.byteLength);
  return concat(signed, length, signature);
};

const payloadOf = ({ context, roster, sealedAt, runs, head }: Manifest): z.infer<typeof payloadSchema> => {
  const payload = payloadSchema.safeParse({
    type: 'sotto/vault/manifest/v1',
    context,
    roster,
    sealedAt,
    runs,
    head,
  });
  if (!payload.success) throw new ArgumentError(place);
  return payload.data;
};

const askToSign = async (signer: ManifestSigner, message: Bytes): Promise<Bytes> => {
  try {
    return copyOf(await signer.sign(message), { layer: 'signer' });
  } catch (cause) {
    throw new PortError({ layer: 'signer' }, { cause });
  }
};
