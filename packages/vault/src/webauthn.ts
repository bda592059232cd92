import * as z from 'zod';
import { type Bytes, concat, equal, sha256, toBase64url, utf8, view } from './bytes.ts';
import { FormatError, MismatchError, type Place } from './errors.ts';
import { maxSignatureLength } from './limits.ts';

const place: Place = { layer: 'signature' };
const rawSignatureLength = 64;
/** rpIdHash, flags, counter (WebAuthn section 6.1). */
const minAuthenticatorData = 37;
const userPresent = 0x01;
const userVerified = 0x04;

/** Browsers add members of their own, random ones too (WebAuthn section 5.8.1): parsed, never compared as text. */
const clientData = z.looseObject({
  type: z.literal('webauthn.get'),
  challenge: z.string(),
  origin: z.string(),
  crossOrigin: z.boolean().optional(),
});

/** What `navigator.credentials.get` answers with, as bytes. */
export interface Assertion {
  readonly authenticatorData: Bytes;
  readonly clientDataJSON: Bytes;
  /** ASN.1 DER, as WebAuthn has it. */
  readonly signature: Bytes;
}

/** The signature field of an assertion (SPEC.md section 9). */
export const encodeAssertion = ({ authenticatorData, clientDataJSON, signature }: Assertion): Bytes => {
  const lengths = new Uint8Array(4);
  view(lengths).setUint16(0, authenticatorData.byteLength);
  view(lengths).setUint16(2, clientDataJSON.byteLength);
  const field = concat(
    lengths.subarray(0, 2),
    authenticatorData,
    lengths.subarray(2),
    clientDataJSON,
    rawSignature(signature),
  );
  if (field.byteLength > maxSignatureLength) throw new FormatError(place);
  return field;
};

/**
 * `r ‖ s` of an ECDSA-Sig-Value in DER: a SEQUENCE of two INTEGERs, each minimal (X.690 section 8.3.2), not negative and
 * at most 32 bytes.
 */
const rawSignature = (der: Bytes): Bytes => {
  const raw = new Uint8Array(rawSignatureLength);
  if (der[0] !== 0x30 || der[1] !== der.byteLength - 2) throw new FormatError(place);
  let offset = 2;
  for (const end of [32, 64]) {
    const length = der[offset + 1] ?? 0;
    const value = der.subarray(offset + 2, offset + 2 + length);
    if (der[offset] !== 0x02 || length === 0 || value.byteLength !== length) throw new FormatError(place);
    const [first = 0, second = 0] = value;
    const negative = first >= 0x80;
    const padded = first === 0 && length > 1;
    if (negative || (padded && second < 0x80)) throw new FormatError(place);
    const digits = padded ? value.subarray(1) : value;
    if (digits.byteLength > 32) throw new FormatError(place);
    raw.set(digits, end - digits.byteLength);
    offset += 2 + length;
  }
  if (offset !== der.byteLength) throw new FormatError(place);
  return raw;
};

/**
 * Checks everything about an assertion but its signature (SPEC.md section 10 step 4; WebAuthn section 7.2).
 *
 * @returns the raw signature, and the bytes that it must be over
 * @throws FormatError when the field isn't one; MismatchError when the assertion is for something or somewhere else
 */
export const checkAssertion = async (
  trusted: { rpId: string; origins: readonly string[] },
  field: Bytes,
  message: Bytes,
): Promise<{ signature: Bytes; data: Bytes }> => {
  const { authenticatorData, clientDataJSON, signature } = splitField(field);
  const client = parseClientData(clientDataJSON);
  const flags = authenticatorData[32] ?? 0;
  const ours =
    client.challenge === toBase64url(await sha256(message)) &&
    trusted.origins.includes(client.origin) &&
    client.crossOrigin !== true &&
    equal(authenticatorData.subarray(0, 32), await sha256(utf8(trusted.rpId))) &&
    (flags & userPresent) !== 0 &&
    (flags & userVerified) !== 0;
  if (!ours) throw new MismatchError(place);
  return { signature, data: concat(authenticatorData, await sha256(clientDataJSON)) };
};

const splitField = (field: Bytes): Assertion => {
  const take = (offset: number): Bytes => {
    if (offset + 2 > field.byteLength) throw new FormatError(place);
    return field.subarray(offset + 2, offset + 2 + view(field).getUint16(offset));
  };
  const authenticatorData = take(0);
  const clientDataJSON = take(2 + authenticatorData.byteLength);
  const signature = field.subarray(4 + authenticatorData.byteLength + clientDataJSON.byteLength);
  if (authenticatorData.byteLength < minAuthenticatorData || signature.byteLength !== rawSignatureLength) {
    throw new FormatError(place);
  }
  return { authenticatorData, clientDataJSON, signature };
};

const parseClientData = (bytes: Bytes): z.infer<typeof clientData> => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return clientData.parse(JSON.parse(text));
  } catch {
    throw new FormatError(place);
  }
};
