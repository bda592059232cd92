import { type Assertion, type Bytes, type ManifestSigner, passkeySigner, type TrustedSigner } from '../src/index.ts';
import { join, text } from './sealing.ts';

/** A P-256 key that signs as `r ‖ s`. */
export interface Es256Pair {
  readonly publicKey: Bytes;
  readonly sign: (data: Bytes) => Promise<Bytes>;
}

export const es256Pair = async (): Promise<Es256Pair> => {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  return {
    publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)),
    sign: async (data) =>
      new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, data)),
  };
};

const sha256 = async (data: Bytes): Promise<Bytes> => new Uint8Array(await crypto.subtle.digest('SHA-256', data));

export const base64url = (bytes: Bytes): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

/** `r ‖ s` as the ASN.1 DER that passkeys answer with. */
const toDer = (raw: Bytes): Bytes => {
  const integer = (digits: Bytes): Bytes => {
    const start = digits.findIndex((byte) => byte !== 0);
    const minimal = digits.subarray(start);
    const body = (minimal[0] ?? 0) >= 0x80 ? join(Uint8Array.of(0), minimal) : minimal;
    return join(Uint8Array.of(0x02, body.byteLength), body);
  };
  const both = join(integer(raw.slice(0, 32)), integer(raw.slice(32)));
  return join(Uint8Array.of(0x30, both.byteLength), both);
};

/** What a ceremony may have been otherwise than it should. */
export interface Ceremony {
  readonly rpId?: string;
  readonly flags?: number;
  readonly client?: Record<string, unknown>;
}

/** What the browser and the passkey answer with, when they're asked on the page of `clinic.example`. */
export const assertionOf = async (
  pair: Es256Pair,
  challenge: Bytes,
  { rpId = 'clinic.example', flags = 0x05, client = {} }: Ceremony = {},
): Promise<Assertion> => {
  const authenticatorData = join(await sha256(text(rpId)), Uint8Array.of(flags, 0, 0, 0, 9));
  const clientDataJSON = text(
    JSON.stringify({
      type: 'webauthn.get',
      challenge: base64url(challenge),
      origin: 'https://clinic.example',
      crossOrigin: false,
      other_keys_can_be_added_here: 'do not compare clientDataJSON against a template',
      ...client,
    }),
  );
  const signature = toDer(await pair.sign(join(authenticatorData, await sha256(clientDataJSON))));
  return { authenticatorData, clientDataJSON, signature };
};

/** A passkey as a browser would drive it. */
export const passkey = (pair: Es256Pair, ceremony: Ceremony = {}): ManifestSigner =>
  passkeySigner(
    { publicKey: pair.publicKey, rpId: 'clinic.example', origins: ['https://clinic.example'] },
    (challenge) => assertionOf(pair, challenge, ceremony),
  );

/** What a reader must know to accept it. */
export const trustedPasskey = ({ publicKey }: Es256Pair): TrustedSigner => ({
  algorithm: 'WebAuthn',
  publicKey,
  rpId: 'clinic.example',
  origins: ['https://clinic.example'],
});

/** A P-256 key as a manifest's signer. */
export const es256Signer = ({ publicKey, sign }: Es256Pair): ManifestSigner => ({
  algorithm: 'ES256',
  publicKey,
  sign,
});

/** The order of the group that P-256 is (FIPS 186-5; SEC 2 section 2.4.2). */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The other signature over the same: `r ‖ n − s` for the `r ‖ s` that `bytes` end with. */
export const mirrored = (bytes: Bytes): Bytes => {
  const copy = bytes.slice();
  let s = 0n;
  for (const byte of copy.subarray(-32)) s = (s << 8n) | BigInt(byte);
  let rest = order - s;
  for (let at = copy.byteLength - 1; at >= copy.byteLength - 32; at -= 1, rest >>= 8n) copy[at] = Number(rest & 0xffn);
  return copy;
};
