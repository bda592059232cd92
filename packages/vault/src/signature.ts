import { type Bytes, copyOf, equal } from './bytes.ts';
import { AuthenticityError, FormatError, MismatchError } from './errors.ts';
import { checkAssertion } from './webauthn.ts';

/** How a manifest can be signed (SPEC.md section 9). */
export const algorithms = { Ed25519: 1, ES256: 2, WebAuthn: 3 } as const;
export type Algorithm = keyof typeof algorithms;

/** Bytes of a raw public key: RFC 8032, or SEC 1 uncompressed. */
export const publicKeyLengths: Readonly<Record<Algorithm, number>> = { Ed25519: 32, ES256: 65, WebAuthn: 65 };
const rawSignatureLength = 64;

/** Whose signature a reader accepts. */
export type TrustedSigner =
  | { readonly algorithm: 'Ed25519' | 'ES256' /** Raw: 32 bytes, or 65 (`04 ‖ X ‖ Y`). */; readonly publicKey: Bytes }
  | {
      readonly algorithm: 'WebAuthn';
      /** Raw: 65 bytes (`04 ‖ X ‖ Y`). */
      readonly publicKey: Bytes;
      readonly rpId: string;
      readonly origins: readonly string[];
    };

/**
 * Whoever signs manifests, and what readers will trust: an MLS leaf key, a passkey (`passkeySigner`). It holds its
 * private key; nobody here sees it.
 */
export type ManifestSigner = TrustedSigner & {
  /** The signature field over exactly these bytes. */
  sign(message: Bytes): Promise<Bytes>;
};

/** A copy that the caller can't change while a signature is being checked. */
export const ownSigner = (signer: TrustedSigner): TrustedSigner => {
  const { algorithm } = signer;
  const publicKey = copyOf(signer.publicKey, { layer: 'signature' });
  return algorithm === 'WebAuthn'
    ? { algorithm, publicKey, rpId: signer.rpId, origins: [...signer.origins] }
    : { algorithm, publicKey };
};

export const algorithmOf = (code: number): Algorithm | null => {
  switch (code) {
    case algorithms.Ed25519:
      return 'Ed25519';
    case algorithms.ES256:
      return 'ES256';
    case algorithms.WebAuthn:
      return 'WebAuthn';
    default:
      return null;
  }
};

/**
 * Verifies a signature field by a trusted key.
 *
 * @throws MismatchError when another key or algorithm signed, or a WebAuthn assertion was made for another page
 * @throws AuthenticityError when the signature isn't over `message`
 * @throws FormatError when the field isn't one
 */
export const checkSignature = async (
  trusted: TrustedSigner,
  signed: { algorithm: Algorithm; publicKey: Bytes; signature: Bytes },
  message: Bytes,
): Promise<void> => {
  if (signed.algorithm !== trusted.algorithm || !equal(signed.publicKey, trusted.publicKey)) {
    throw new MismatchError({ layer: 'signature' });
  }
  if (trusted.algorithm === 'WebAuthn') {
    const { signature, data } = await checkAssertion(trusted, signed.signature, message);
    await verifyRaw('ES256', trusted.publicKey, signature, data);
    return;
  }
  await verifyRaw(trusted.algorithm, trusted.publicKey, signed.signature, message);
};

const verifyRaw = async (
  algorithm: 'Ed25519' | 'ES256',
  publicKey: Bytes,
  signature: Bytes,
  data: Bytes,
): Promise<void> => {
  if (signature.byteLength !== rawSignatureLength) throw new FormatError({ layer: 'signature' });
  if (!(await verifies(algorithm, publicKey, signature, data))) throw new AuthenticityError({ layer: 'signature' });
};

const verifies = async (
  algorithm: 'Ed25519' | 'ES256',
  publicKey: Bytes,
  signature: Bytes,
  data: Bytes,
): Promise<boolean> => {
  try {
    if (algorithm === 'Ed25519') {
      const key = await crypto.subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify']);
      return await crypto.subtle.verify('Ed25519', key, signature, data);
    }
    const curve = { name: 'ECDSA', namedCurve: 'P-256' } as const;
    const key = await crypto.subtle.importKey('raw', publicKey, curve, false, ['verify']);
    return await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, data);
  } catch {
    // A point that isn't on its curve verifies nothing.
    return false;
  }
};
