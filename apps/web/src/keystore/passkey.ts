import { type CredentialId, credentialId, type PasskeyAssertion } from '@sotto/protocol/keystore';
import type { Assertion } from '@sotto/vault';
import { type Bytes, fromBase64url, toBase64url } from './bytes.ts';
import { PasskeyFault } from './errors.ts';

const es256 = -7;
const timeoutMs = 120_000;
/** What stands before the point in the SubjectPublicKeyInfo of a P-256 key (RFC 5480). */
const spkiPrefix = Uint8Array.of(
  ...[0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01],
  ...[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00],
);
const pointLength = 65;

/** Whether this browser can ask for passkeys at all. */
export const canUsePasskeys = (): boolean => typeof PublicKeyCredential === 'function' && 'credentials' in navigator;

/**
 * `04 ‖ X ‖ Y` of what `getPublicKey` answers with.
 * @returns null unless it is a P-256 key, on its curve, in the one spelling that browsers give
 */
export async function pointOf(spki: ArrayBuffer): Promise<Bytes | null> {
  const bytes = new Uint8Array(spki);
  const isP256 =
    bytes.length === spkiPrefix.length + pointLength &&
    spkiPrefix.every((byte, index) => bytes[index] === byte) &&
    bytes[spkiPrefix.length] === 4;
  if (!isP256) return null;
  const point = bytes.slice(spkiPrefix.length);
  try {
    await crypto.subtle.importKey('raw', point, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
    return point;
  } catch {
    return null;
  }
}

function faultOf(error: unknown): PasskeyFault {
  const name = error instanceof Error ? error.name : '';
  if (name === 'InvalidStateError') return new PasskeyFault('exists');
  if (['NotSupportedError', 'ConstraintError', 'SecurityError'].includes(name)) return new PasskeyFault('unsupported');
  return new PasskeyFault('cancelled');
}

async function ask(asking: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  if (!canUsePasskeys()) throw new PasskeyFault('unsupported');
  let credential: Credential | null;
  try {
    credential = await asking();
  } catch (error) {
    throw faultOf(error);
  }
  if (!(credential instanceof PublicKeyCredential)) throw new PasskeyFault('unusable');
  return credential;
}

const idsOf = (credentials: readonly CredentialId[]): PublicKeyCredentialDescriptor[] =>
  credentials.flatMap((credential) => {
    const id = fromBase64url(credential);
    return id === null ? [] : [{ type: 'public-key', id }];
  });

export interface NewPasskey {
  readonly credential: CredentialId;
  /** `04 ‖ X ‖ Y` in base64url. */
  readonly publicKey: string;
}

interface PasskeyOwner {
  readonly rpId: string;
  readonly clinicName: string;
  /** The person's id in the clinic: 16 bytes, which say nothing. */
  readonly id: Bytes;
  /** What the device's list of passkeys shows. */
  readonly name: string;
  /** A device that has one of these makes no second. */
  readonly existing: readonly CredentialId[];
}

/**
 * Makes a passkey that asks for fingerprint, face or code each time it signs.
 * @throws PasskeyFault
 */
export async function createPasskey({ rpId, clinicName, id, name, existing }: PasskeyOwner): Promise<NewPasskey> {
  const made = await ask(() =>
    navigator.credentials.create({
      publicKey: {
        rp: { id: rpId, name: clinicName },
        user: { id, name, displayName: name },
        // Nothing is proven by it: the new key proves itself by what it signs next.
        challenge: crypto.getRandomValues(new Uint8Array(32)),
        pubKeyCredParams: [{ type: 'public-key', alg: es256 }],
        authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
        attestation: 'none',
        excludeCredentials: idsOf(existing),
        timeout: timeoutMs,
      },
    }),
  );
  const { response } = made;
  const spki = response instanceof AuthenticatorAttestationResponse ? response.getPublicKey() : null;
  const point = spki === null ? null : await pointOf(spki);
  const credential = credentialId.safeParse(toBase64url(new Uint8Array(made.rawId)));
  if (point === null || !credential.success) throw new PasskeyFault('unusable');
  return { credential: credential.data, publicKey: toBase64url(point) };
}

/** An assertion with the passkey that made it. */
export interface SignedByPasskey extends Assertion {
  readonly credential: CredentialId;
}

/**
 * Asks the person to sign with one of their passkeys.
 *
 * @param credentials those that are registered as theirs
 * @param signal takes the browser's question back
 * @throws PasskeyFault; `noPasskey` when there is none to ask for
 */
export async function signWithPasskey(
  rpId: string,
  credentials: readonly CredentialId[],
  challenge: Bytes,
  signal?: AbortSignal,
): Promise<SignedByPasskey> {
  const allowCredentials = idsOf(credentials);
  // An empty list would let any passkey of this site answer.
  if (allowCredentials.length === 0) throw new PasskeyFault('noPasskey');
  const answer = await ask(() =>
    navigator.credentials.get({
      publicKey: { rpId, challenge, allowCredentials, userVerification: 'required', timeout: timeoutMs },
      ...(signal ? { signal } : {}),
    }),
  );
  return signedBy(answer, credentials);
}

/** @param known whose answer it may be; null for anybody's @throws PasskeyFault `unusable` */
function signedBy({ rawId, response }: PublicKeyCredential, known: readonly CredentialId[] | null): SignedByPasskey {
  const credential = credentialId.safeParse(toBase64url(new Uint8Array(rawId)));
  const isExpected = credential.success && (known === null || known.includes(credential.data));
  if (!(response instanceof AuthenticatorAssertionResponse) || !isExpected) throw new PasskeyFault('unusable');
  return {
    credential: credential.data,
    authenticatorData: new Uint8Array(response.authenticatorData),
    clientDataJSON: new Uint8Array(response.clientDataJSON),
    signature: new Uint8Array(response.signature),
  };
}

/** Whether the browser can offer passkeys where somebody types, without a dialog. */
export async function canOfferPasskeys(): Promise<boolean> {
  if (!canUsePasskeys()) return false;
  // Not in every browser, whatever the types say.
  const known: { isConditionalMediationAvailable?: () => Promise<boolean> } = PublicKeyCredential;
  return (await known.isConditionalMediationAvailable?.()) ?? false;
}

/**
 * Asks the person to sign with whichever passkey of this site they have at hand: for who hasn't said yet who they are.
 *
 * @param how `asked` in a dialog; `offered` among what the browser fills fields with, for as long as the page waits
 * @param signal takes the browser's question back
 * @throws PasskeyFault
 */
export async function signWithAnyPasskey(
  rpId: string,
  challenge: Bytes,
  how: 'asked' | 'offered',
  signal: AbortSignal,
): Promise<SignedByPasskey> {
  const answer = await ask(() =>
    navigator.credentials.get({
      publicKey: { rpId, challenge, allowCredentials: [], userVerification: 'required', timeout: timeoutMs },
      ...(how === 'offered' ? { mediation: 'conditional' as const } : {}),
      signal,
    }),
  );
  return signedBy(answer, null);
}

/** The same as text, as requests carry it. */
export const assertionText = (signed: SignedByPasskey): PasskeyAssertion => ({
  credential: signed.credential,
  authenticatorData: toBase64url(signed.authenticatorData),
  clientDataJSON: toBase64url(signed.clientDataJSON),
  signature: toBase64url(signed.signature),
});
