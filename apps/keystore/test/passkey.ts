import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { type StaffId, staffId } from '@sotto/protocol/ids';
import { type CredentialId, credentialId, type PasskeyAssertion } from '@sotto/protocol/keystore';
import type { RelyingParty } from '@sotto/service/assertion';
import { type Bytes, concat, toBase64url, uint32, utf8 } from '../src/bytes.ts';
import { newId } from '../src/ids.ts';

export const party: RelyingParty = { rpId: 'localhost', origins: ['https://localhost:8443'] };

/** What a test changes about an assertion before it is signed. */
export interface Tampering {
  readonly type?: string;
  readonly origin?: string;
  readonly crossOrigin?: boolean;
  readonly topOrigin?: string;
  readonly rpId?: string;
  readonly flags?: number;
  readonly counter?: number;
  readonly extra?: Uint8Array;
}

/** An authenticator with one passkey, as WebAuthn section 6.3.3 has it. */
export class Passkey {
  readonly #key: KeyObject;
  readonly credential: CredentialId = credentialId.parse(randomBytes(24).toString('base64url'));
  readonly publicKey: Bytes;
  /** Of its last assertion; null for one that doesn't count. */
  counter: number | null;
  readonly subject: StaffId;

  constructor(subject: StaffId = newId(staffId), counter: number | null = 0) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    this.#key = privateKey;
    this.publicKey = concat(Uint8Array.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url'));
    this.subject = subject;
    this.counter = counter;
  }

  /** Answers `navigator.credentials.get`. */
  assert(challenge: Bytes, changes: Tampering = {}): PasskeyAssertion {
    if (this.counter !== null) this.counter += 1;
    const clientDataJSON = utf8(
      JSON.stringify({
        type: changes.type ?? 'webauthn.get',
        challenge: toBase64url(challenge),
        origin: changes.origin ?? party.origins[0],
        crossOrigin: changes.crossOrigin ?? false,
        ...(changes.topOrigin === undefined ? {} : { topOrigin: changes.topOrigin }),
        other_keys_can_be_added_here: randomBytes(4).toString('hex'),
      }),
    );
    const authenticatorData = concat(
      createHash('sha256')
        .update(changes.rpId ?? party.rpId)
        .digest(),
      Uint8Array.of(changes.flags ?? 0x05),
      uint32(changes.counter ?? this.counter ?? 0),
      changes.extra ?? new Uint8Array(),
    );
    const signed = concat(authenticatorData, createHash('sha256').update(clientDataJSON).digest());
    return {
      credential: this.credential,
      authenticatorData: toBase64url(authenticatorData),
      clientDataJSON: toBase64url(clientDataJSON),
      signature: toBase64url(sign('sha256', signed, this.#key)),
    };
  }
}
