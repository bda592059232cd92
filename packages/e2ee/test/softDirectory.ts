import { type ClinicianProof, clinicianProof } from '@sotto/protocol/clinicianProof';
import { type CredentialId, credentialId } from '@sotto/protocol/keystore';
import type { DirectoryTrust } from '../src/index.ts';
import { concat, sha256, toBase64url } from '../src/octets.ts';

const text = new TextEncoder();
const randomText = (octets: number): string => toBase64url(crypto.getRandomValues(new Uint8Array(octets)));

/** JSON with members in the order of RFC 8785; enough for what is flat and ASCII. */
const canonical = (value: Record<string, unknown>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))));

/** Whole seconds in UTC, so many from now. */
export const instantIn = (seconds: number): string =>
  new Date(Math.floor(Date.now() / 1000 + seconds) * 1000).toISOString().replace('.000Z', 'Z');

/** DER of an ECDSA signature that WebCrypto gives raw. */
function derOf(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const integer = (digits: Uint8Array): Uint8Array<ArrayBuffer> => {
    const start = digits.findIndex((octet) => octet !== 0);
    const trimmed = digits.subarray(start);
    const padding = (trimmed[0] ?? 0) >= 0x80 ? [0] : [];
    return Uint8Array.of(0x02, trimmed.length + padding.length, ...padding, ...trimmed);
  };
  const body = concat(integer(raw.subarray(0, 32)), integer(raw.subarray(32)));
  return concat(Uint8Array.of(0x30, body.length), body);
}

/** What an authenticator or its browser says differently than an honest one. */
export interface AssertionChanges {
  type?: string;
  challenge?: Uint8Array;
  origin?: string;
  crossOrigin?: boolean;
  topOrigin?: string;
  rpId?: string;
  flags?: number;
  credential?: string;
  label?: string;
  /** Of what is signed about the leaf. */
  claim?: Record<string, unknown>;
}

/** A clinician's authenticator with one passkey. */
export class SoftPasskey {
  readonly credential: CredentialId = credentialId.parse(randomText(24));
  readonly publicKey: string;
  readonly #key: CryptoKey;

  private constructor(publicKey: string, key: CryptoKey) {
    this.publicKey = publicKey;
    this.#key = key;
  }

  static async make(): Promise<SoftPasskey> {
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
    const point = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
    return new SoftPasskey(toBase64url(point), pair.privateKey);
  }

  async assert(claim: Record<string, unknown>, changes: AssertionChanges = {}): Promise<ClinicianProof['assertion']> {
    const said = canonical({ ...claim, ...changes.claim });
    const challenge =
      changes.challenge ?? (await sha256(text.encode(changes.label ?? 'sotto/leaf/v1'), text.encode(said)));
    const clientDataJSON = text.encode(
      JSON.stringify({
        type: changes.type ?? 'webauthn.get',
        challenge: toBase64url(challenge),
        origin: changes.origin ?? 'https://clinic.example:8443',
        crossOrigin: changes.crossOrigin ?? false,
        ...(changes.topOrigin === undefined ? {} : { topOrigin: changes.topOrigin }),
        other_keys_can_be_added_here: randomText(4),
      }),
    );
    const authenticatorData = concat(
      await sha256(text.encode(changes.rpId ?? 'clinic.example')),
      Uint8Array.of(changes.flags ?? 0x05, 0, 0, 0, 1),
    );
    const signed = concat(authenticatorData, await sha256(clientDataJSON));
    const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, this.#key, signed);
    return {
      credential: credentialId.parse(changes.credential ?? this.credential),
      authenticatorData: toBase64url(authenticatorData),
      clientDataJSON: toBase64url(clientDataJSON),
      signature: toBase64url(derOf(new Uint8Array(signature))),
    };
  }
}

export interface ProofChanges extends AssertionChanges {
  /** Of the entry, before it is signed. */
  entry?: Record<string, unknown>;
  /** The entry's text, after it was signed. */
  spoil?: (payload: string) => string;
  expiry?: string;
  /** Who signs in the place of the entry's passkey. */
  signer?: SoftPasskey;
}

/** A keystore as far as its directory goes: real signatures by a fresh statement key. */
export class SoftDirectory {
  readonly clinic: string;
  readonly statementKey: string;
  readonly #key: CryptoKey;

  private constructor(clinic: string, statementKey: string, key: CryptoKey) {
    this.clinic = clinic;
    this.statementKey = statementKey;
    this.#key = key;
  }

  static async open(clinic: string): Promise<SoftDirectory> {
    const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
    if (!('publicKey' in pair)) throw new Error('no key pair');
    const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
    return new SoftDirectory(clinic, toBase64url(raw), pair.privateKey);
  }

  trust(revoked: readonly CredentialId[] = []): DirectoryTrust {
    return { statementKey: this.statementKey, rpId: 'clinic.example', revoked: [...revoked] };
  }

  async enrol(subject = randomText(16)): Promise<SoftClinician> {
    return new SoftClinician(this, subject, await SoftPasskey.make());
  }

  async sign(payload: Record<string, unknown>): Promise<ClinicianProof['entry']> {
    const said = canonical(payload);
    const signed = text.encode(`sotto/keystore/v1 statement\0${said}`);
    return {
      payload: said,
      signature: toBase64url(new Uint8Array(await crypto.subtle.sign('Ed25519', this.#key, signed))),
    };
  }
}

/** Somebody in the directory, with their passkey. */
export class SoftClinician {
  readonly subject: string;
  readonly passkey: SoftPasskey;
  readonly #directory: SoftDirectory;

  constructor(directory: SoftDirectory, subject: string, passkey: SoftPasskey) {
    this.#directory = directory;
    this.subject = subject;
    this.passkey = passkey;
  }

  /** @param changes what an honest clinician, browser or keystore wouldn't say */
  async prove(visit: string, leaf: string, changes: ProofChanges = {}): Promise<ClinicianProof> {
    const { clinic } = this.#directory;
    const entry = await this.#directory.sign({
      type: 'sotto/clinician/v1',
      clinic,
      subject: this.subject,
      role: 'physician',
      licence: '28/123456',
      credential: this.passkey.credential,
      publicKey: this.passkey.publicKey,
      enrolledBy: [randomText(16)],
      enrolledAt: '2031-05-06T07:08:09.000Z',
      ...changes.entry,
    });
    const expiry = changes.expiry ?? instantIn(3_600);
    const claim = { type: 'sotto/leaf/v1', clinic, visit, leaf, expiry };
    return clinicianProof.parse({
      entry: { ...entry, payload: changes.spoil?.(entry.payload) ?? entry.payload },
      expiry,
      assertion: await (changes.signer ?? this.passkey).assert(claim, {
        credential: this.passkey.credential,
        ...changes,
      }),
    });
  }
}
