import { Aes256Gcm, CipherSuite, HkdfSha256 } from '@hpke/core';
import { XWing } from '@hpke/hybridkem-x-wing';
import {
  clinicId,
  type ObjectId,
  objectId,
  type PatientId,
  patientId,
  type StaffId,
  staffId,
  type VisitId,
  visitId,
} from '@sotto/protocol/ids';
import {
  type ClinicianStatement,
  challengeLabels,
  credentialId,
  nonce,
  type PatientKeyStatement,
  type ReleaseRequest,
  releaseActions,
  requestId,
} from '@sotto/protocol/keystore';
import type { ReleaseAnswer } from '@sotto/protocol/keystoreRoutes';
import {
  createObjectKeyPair,
  inspectManifest,
  type ObjectContext,
  type ObjectKeyPair,
  passkeySigner,
  sealBytes,
  signManifest,
} from '@sotto/vault';
import {
  type Bytes,
  canonicalHash,
  canonicalJson,
  concat,
  fromBase64url,
  randomId,
  toBase64url,
  utf8,
} from '../src/keystore/bytes.ts';
import { challengeOf } from '../src/keystore/challenge.ts';
import type { Pins } from '../src/keystore/pins.ts';
import type { OpenOrder } from '../src/release/messages.ts';
import type { ViewerKeys } from '../src/release/releasedObject.ts';
import { SoftLog } from './softLog.ts';
import { SoftPasskey } from './softPasskey.ts';

export const origin = 'https://clinic.example';
const rpId = 'clinic.example';

/** A keystore that signs what it is told to: for what a browser must see through. */
export class SoftKeystore {
  readonly log: SoftLog;
  readonly pins: Pins;
  readonly #key: CryptoKey;

  private constructor(log: SoftLog, key: CryptoKey, statementKey: string) {
    this.log = log;
    this.#key = key;
    const clinic = clinicId.parse(randomId());
    this.pins = { clinic, statementKey, logKey: log.logKey, witnessKey: log.witnessKey, rpId };
  }

  static async make(): Promise<SoftKeystore> {
    const { privateKey, publicKey } = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
    const raw = new Uint8Array(await crypto.subtle.exportKey('raw', publicKey));
    return new SoftKeystore(await SoftLog.make(), privateKey, toBase64url(raw));
  }

  async sign<P extends object>(payload: P): Promise<{ payload: P; signature: string }> {
    const signed = concat(utf8('sotto/keystore/v1 statement\0'), canonicalJson(payload));
    return { payload, signature: toBase64url(new Uint8Array(await crypto.subtle.sign('Ed25519', this.#key, signed))) };
  }

  /** What is signed when an object is registered. */
  registration({ pseudonym, visit, object, kind, manifestHash: manifest, writer }: Omit<SoftRegistered, 'privateKey'>) {
    return this.sign({
      type: 'sotto/object-registered/v1' as const,
      ...{ clinic: this.pins.clinic, pseudonym, visit, object, kind, manifest, writer },
      registeredAt: '2031-05-06T07:00:01.000Z',
    });
  }

  /** A release of an object to a viewer: what was asked, otherwise where told, and what is answered. */
  async release(
    registered: SoftRegistered,
    viewer: ViewerKeys,
    changes: Partial<ReleaseRequest> = {},
  ): Promise<{ request: ReleaseRequest; answer: ReleaseAnswer }> {
    const { log, pins } = this;
    const { object, writer } = registered;
    const request: ReleaseRequest = {
      type: 'sotto/release/v1',
      id: requestId.parse(randomId()),
      nonce: nonce.parse(randomId()),
      clinic: pins.clinic,
      user: writer,
      objects: [object],
      purpose: 'treatment',
      use: 'open',
      breakGlass: null,
      approver: null,
      viewerKey: toBase64url(viewer.publicKey),
      closingKey: 'A'.repeat(43),
      expiry: '2031-05-06T07:09:00Z',
      ...changes,
    };
    const requestHash = await challengeOf(challengeLabels.release, request);
    log.append({ action: 'object.mint', resource: 'object:other' });
    const index = log.append({
      ...{ actor: request.user, role: 'physician', action: releaseActions[request.use], resource: `object:${object}` },
      ...{ session: request.id, after: toBase64url(requestHash) },
    });
    const registration = await this.registration(registered);
    const { enc, sealed } = await sealKey(registered, viewer.publicKey, requestHash);
    const proof = await log.prove(index);
    return { request, answer: { isWitnessed: true, keys: [{ object, enc, sealed, proof, registration }] } };
  }

  /** All keys of a patient, with the list of them that answers a reader's nonce. */
  async patientKeys(pseudonym: PatientId, keys: readonly PatientKeyStatement[], nonce: string) {
    const hashes = await Promise.all(keys.map(({ payload }) => canonicalHash(payload)));
    const list = await this.sign({
      ...{ type: 'sotto/patient-keys/v1' as const, clinic: this.pins.clinic, pseudonym, nonce },
      ...{ keys: hashes.sort(), readAt: '2031-01-02T00:00:00.000Z' },
    });
    return { keys: [...keys], list };
  }

  /** A patient's passkey that counts. */
  patientKey(changes: Partial<PatientKeyStatement['payload']> = {}): Promise<PatientKeyStatement> {
    const at = '2031-01-01T00:00:00.000Z';
    return this.sign({
      type: 'sotto/patient-key/v1' as const,
      clinic: this.pins.clinic,
      kind: 'passkey' as const,
      pseudonym: patientId.parse(randomId()),
      credential: credentialId.parse(randomId()),
      publicKey: 'A'.repeat(87),
      visit: visitId.parse(randomId()),
      enrolledBy: [staffId.parse(randomId())],
      ...{ enrolledAt: at, activeFrom: at },
      ...changes,
    });
  }

  enrol(passkey: SoftPasskey, changes: Partial<ClinicianStatement['payload']> = {}): Promise<ClinicianStatement> {
    return this.sign({
      type: 'sotto/clinician/v1' as const,
      clinic: this.pins.clinic,
      subject: staffId.parse(randomId()),
      role: 'physician',
      licence: null,
      credential: passkey.credential,
      publicKey: toBase64url(passkey.publicKey),
      enrolledBy: [],
      enrolledAt: '2031-01-01T00:00:00.000Z',
      ...changes,
    });
  }
}

/** An object that was registered, with the private half of its key. */
export interface SoftRegistered {
  readonly object: ObjectId;
  readonly visit: VisitId;
  readonly pseudonym: PatientId;
  readonly writer: StaffId;
  readonly kind: 'note' | 'recording';
  /** Of the manifest. */
  readonly manifestHash: string;
  readonly privateKey: Bytes;
}

/** A note as it was written and registered, and a release of it to a viewer. */
export class SoftNote {
  readonly keystore: SoftKeystore;
  readonly object = objectId.parse(randomId());
  readonly visit = visitId.parse(randomId());
  readonly pseudonym = patientId.parse(randomId());
  readonly writer = staffId.parse(randomId());
  readonly passkey: SoftPasskey;
  readonly #pair: ObjectKeyPair;
  manifest = '';
  run = '';
  manifestHash = '';

  private constructor(keystore: SoftKeystore, passkey: SoftPasskey, pair: ObjectKeyPair) {
    this.keystore = keystore;
    this.passkey = passkey;
    this.#pair = pair;
  }

  static async write(keystore: SoftKeystore, text: string): Promise<SoftNote> {
    const note = new SoftNote(keystore, await SoftPasskey.make(), await createObjectKeyPair());
    const { object, visit, pseudonym } = note;
    const { clinic } = keystore.pins;
    const context: ObjectContext = { clinic, pseudonym, visit, object, kind: 'note', track: 0, consent: null };
    const { file, record } = await sealBytes(
      { context: { object: context, part: 'body', run: 0 }, publicKey: note.#pair.publicKey, previous: null },
      utf8(text),
    );
    const { passkey } = note;
    const signer = passkeySigner({ publicKey: passkey.publicKey, rpId, origins: [origin] }, (challenge) =>
      passkey.sign(challenge, { rpId, origin }),
    );
    const said = { context, roster: null, sealedAt: '2031-05-06T07:00:00Z', runs: [record], head: null };
    const manifest = await signManifest(said, signer);
    note.manifest = toBase64url(manifest);
    note.run = toBase64url(file);
    note.manifestHash = (await inspectManifest(manifest)).hash;
    return note;
  }

  /** What the worker is told: the request, the keystore's answer to it, and the note. */
  async release(viewer: ViewerKeys): Promise<OpenOrder> {
    const { keystore, object, visit, pseudonym, writer, passkey, manifest, run, manifestHash } = this;
    const { credential } = passkey;
    const publicKey = toBase64url(passkey.publicKey);
    const enrolledAt = '2031-01-01T00:00:00.000Z';
    const writers = [{ subject: writer, credential, publicKey, enrolledAt, revokedAt: null }];
    const { privateKey } = this.#pair;
    const registered = { object, visit, pseudonym, writer, kind: 'note', manifestHash, privateKey } as const;
    const released = await keystore.release(registered, viewer);
    return { type: 'open', ...released, object, visit, pins: keystore.pins, writers, manifest, run };
  }
}

/** Seals an object's private key to a viewer, for one request. */
async function sealKey({ object, privateKey }: SoftRegistered, viewerKey: Bytes, requestHash: Bytes) {
  const hpke = new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  const recipientPublicKey = await hpke.kem.deserializePublicKey(viewerKey.slice());
  const aad = fromBase64url(object) ?? new Uint8Array();
  const { enc, ct } = await hpke.seal({ recipientPublicKey, info: requestHash }, privateKey.slice(), aad);
  return { enc: toBase64url(new Uint8Array(enc)), sealed: toBase64url(new Uint8Array(ct)) };
}
