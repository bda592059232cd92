import {
  type AssertionClientData,
  assertionClientData,
  authenticatorDataLength,
  authenticatorFlags,
  rawSignature,
  rawSignatureLength,
} from '@sotto/protocol/webauthn';
import { type Bytes, concat, equal, sha256, toBase64url, utf8, view } from './bytes.ts';
import { FormatError, MismatchError, type Place } from './errors.ts';
import { maxSignatureLength } from './limits.ts';

const place: Place = { layer: 'signature' };
/** What `navigator.credentials.get` answers with, as bytes. */
export interface Assertion {
  readonly authenticatorData: Bytes;
  readonly clientDataJSON: Bytes;
  /** ASN.1 DER, as WebAuthn has it. */
  readonly signature: Bytes;
}

/** The signature field of an assertion (SPEC.md section 9). */
export const encodeAssertion = ({ authenticatorData, clientDataJSON, signature }: Assertion): Bytes => {
  const raw = rawSignature(signature);
  if (raw === null) throw new FormatError(place);
  const lengths = new Uint8Array(4);
  view(lengths).setUint16(0, authenticatorData.byteLength);
  view(lengths).setUint16(2, clientDataJSON.byteLength);
  const field = concat(lengths.subarray(0, 2), authenticatorData, lengths.subarray(2), clientDataJSON, raw);
  if (field.byteLength > maxSignatureLength) throw new FormatError(place);
  return field;
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
    (flags & authenticatorFlags.userPresent) !== 0 &&
    (flags & authenticatorFlags.userVerified) !== 0;
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
  if (authenticatorData.byteLength < authenticatorDataLength || signature.byteLength !== rawSignatureLength) {
    throw new FormatError(place);
  }
  return { authenticatorData, clientDataJSON, signature };
};

const parseClientData = (bytes: Bytes): AssertionClientData => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return assertionClientData.parse(JSON.parse(text));
  } catch {
    throw new FormatError(place);
  }
};
