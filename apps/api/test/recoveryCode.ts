import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { PatientId } from '@sotto/protocol/ids';
import { type ChallengeLabel, type CodeAssertion, credentialId, type PatientEntry } from '@sotto/protocol/keystore';
import { challengeOf } from './passkey.ts';

/** A patient's recovery code: the key that it gives. */
export class RecoveryCode {
  readonly #key: KeyObject;
  readonly entry: PatientEntry;

  constructor(pseudonym: PatientId) {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const { x = '' } = publicKey.export({ format: 'jwk' });
    const credential = createHash('sha256').update(x, 'base64url').digest('base64url');
    this.#key = privateKey;
    this.entry = { kind: 'recoveryCode', pseudonym, credential: credentialId.parse(credential), publicKey: x };
  }

  assert(label: ChallengeLabel, content: object): CodeAssertion {
    const signature = sign(null, challengeOf(label, content), this.#key).toString('base64url');
    return { credential: this.entry.credential, signature };
  }
}
