import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type PatientId, patientId } from '@sotto/protocol/ids';
import { type CodeAssertion, credentialId, type PatientEntry } from '@sotto/protocol/keystore';
import { type Bytes, fromBase64url, sha256, toBase64url } from '../src/bytes.ts';
import { newId } from '../src/ids.ts';

/** A patient's recovery code: the key that it gives. */
export class RecoveryCode {
  readonly #key: KeyObject;
  readonly subject: PatientId;
  readonly entry: PatientEntry;

  constructor(subject: PatientId = newId(patientId)) {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const raw = fromBase64url(publicKey.export({ format: 'jwk' }).x ?? '');
    this.#key = privateKey;
    this.subject = subject;
    const credential = credentialId.parse(toBase64url(sha256(raw)));
    this.entry = { kind: 'recoveryCode', pseudonym: subject, credential, publicKey: toBase64url(raw) };
  }

  assert(challenge: Bytes): CodeAssertion {
    return { credential: this.entry.credential, signature: toBase64url(sign(null, challenge, this.#key)) };
  }
}
