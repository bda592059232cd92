import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { type ChallengeLabel, type CredentialId, credentialId, type PasskeyAssertion } from '@sotto/protocol/keystore';
import { type ManifestSigner, passkeySigner } from '@sotto/vault';
import canonicalize from 'canonicalize';

const rpId = 'localhost';
const presentAndVerified = 0x05;

/** SHA-256 over a label and the canonical form (RFC 8785) of what is signed: every challenge (apps/keystore/SPEC.md). */
export const challengeOf = (label: ChallengeLabel, content: object): Buffer =>
  createHash('sha256')
    .update(label)
    .update(canonicalize(content) ?? '')
    .digest();

/** What an authenticator or its browser says that a good one wouldn't. */
export interface AnswerChanges {
  readonly flags?: number;
  readonly origin?: string;
  readonly counter?: number;
}

/** An authenticator with one passkey for pages on localhost (WebAuthn section 6). */
export class Passkey {
  readonly #key: KeyObject;
  readonly #origin: string;
  #counter = 0;
  readonly credential: CredentialId = credentialId.parse(randomBytes(24).toString('base64url'));
  /** `04 ‖ X ‖ Y` */
  readonly #publicKey: Uint8Array<ArrayBuffer>;

  /** @param origin of the page that asks it */
  constructor(origin: string) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    this.#key = privateKey;
    this.#origin = origin;
    this.#publicKey = new Uint8Array(
      Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]),
    );
  }

  get publicKey(): string {
    return Buffer.from(this.#publicKey).toString('base64url');
  }

  #answer(challenge: Uint8Array, changes: AnswerChanges = {}) {
    this.#counter += 1;
    const clientDataJSON = Buffer.from(
      JSON.stringify({
        ...{ type: 'webauthn.get', challenge: Buffer.from(challenge).toString('base64url') },
        ...{ origin: changes.origin ?? this.#origin, crossOrigin: false },
      }),
    );
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(changes.counter ?? this.#counter);
    const authenticatorData = Buffer.concat([
      createHash('sha256').update(rpId).digest(),
      Buffer.of(changes.flags ?? presentAndVerified),
      counter,
    ]);
    const signed = Buffer.concat([authenticatorData, createHash('sha256').update(clientDataJSON).digest()]);
    return { authenticatorData, clientDataJSON, signature: sign('sha256', signed, this.#key) };
  }

  /** Signs what an act, a release or an enrolment says. */
  assert(label: ChallengeLabel, content: object, changes: AnswerChanges = {}): PasskeyAssertion {
    const { authenticatorData, clientDataJSON, signature } = this.#answer(challengeOf(label, content), changes);
    return {
      credential: this.credential,
      authenticatorData: authenticatorData.toString('base64url'),
      clientDataJSON: clientDataJSON.toString('base64url'),
      signature: signature.toString('base64url'),
    };
  }

  /** As the signer of manifests. */
  get signer(): ManifestSigner {
    const own = { publicKey: this.#publicKey, rpId, origins: [this.#origin] };
    return passkeySigner(own, async (challenge) => {
      const { authenticatorData, clientDataJSON, signature } = this.#answer(challenge);
      const bytes = (part: Buffer) => new Uint8Array(part);
      return {
        authenticatorData: bytes(authenticatorData),
        clientDataJSON: bytes(clientDataJSON),
        signature: bytes(signature),
      };
    });
  }
}
