import { SigningKey } from '@sotto/infra/signingKey';
import { leafClaimOctets } from '@sotto/protocol/clinicianProof';
import {
  type Consent,
  type ConsentEvidence,
  consentEvidence,
  consentOctets,
  type RecordingTerms,
  recordingTerms,
  type SignedConsent,
} from '@sotto/protocol/consent';
import { type CredentialClaims, credentialLifetimeSeconds } from '@sotto/protocol/credential';
import {
  type LeafThumbprint,
  type ParticipantId,
  participantId,
  type Role,
  recordingId,
  sessionId,
  type VisitId,
} from '@sotto/protocol/ids';
import { clinicianStatement, type ObjectKeyStatement } from '@sotto/protocol/keystore';
import { challengeOf } from '@sotto/service/assertion';
import { hash, type ManifestSigner, type ObjectContext, sealBytes, signManifest } from '@sotto/vault';
import { eq } from 'drizzle-orm';
import { type Bytes, canonicalJson, fromBase64url, utf8 } from '../src/bytes.ts';
import { credentialTable } from '../src/database/schema.ts';
import { newId } from '../src/ids.ts';
import { consentHashOf, evidenceHashOf } from '../src/keys/consents.ts';
import type { KeystoreContext } from '../src/keystoreContext.ts';
import type { Identity } from './identities.ts';
import type { Passkey, Tampering } from './passkey.ts';
import { inSeconds } from './people.ts';

/** What is said of a member's yes otherwise than it should be. */
export interface YesChanges {
  readonly consent?: Partial<Consent>;
  readonly claims?: Partial<CredentialClaims>;
  /** Who signs the credential. */
  readonly identity?: Identity;
  readonly typ?: string;
  /** Which key signs the yes. */
  readonly signedBy?: SigningKey;
}

/** Somebody in a visit. */
export interface Member {
  readonly participant: ParticipantId;
  readonly role: Role;
  readonly key: SigningKey;
}

export const newMember = (role: Role, participant = newId(participantId)): Member => ({
  ...{ participant, role },
  key: new SigningKey(),
});

/** A visit that a physician records, with a patient in it. */
export class ConsentedVisit {
  readonly #context: KeystoreContext;
  readonly #identity: Identity;
  readonly visit: VisitId;
  readonly asking = newMember('physician');
  readonly patient = newMember('patient');
  readonly recorder = new SigningKey();

  constructor(context: KeystoreContext, identity: Identity, visit: VisitId) {
    this.#context = context;
    this.#identity = identity;
    this.visit = visit;
  }

  terms(changes: Partial<RecordingTerms> = {}): RecordingTerms {
    return recordingTerms.parse({
      ...{ type: 'sotto/recording/v1', clinic: this.#context.clinic, visit: this.visit, recording: newId(recordingId) },
      ...{ askedBy: this.asking.participant, reason: 'care', wording: 'recording-1' },
      ...{ recorderKey: this.recorder.publicKey, askedAt: inSeconds(this.#context.now(), 0) },
      ...changes,
    });
  }

  yes(member: Member, terms: RecordingTerms, changes: YesChanges = {}): SignedConsent {
    const { key, participant, role } = member;
    const now = this.#context.now();
    const consent: Consent = {
      ...{ type: 'sotto/consent/v1', terms: consentHashOf({ terms } as ConsentEvidence), leaf: key.leaf },
      leaves: [this.asking.key.leaf, this.patient.key.leaf, key.leaf]
        .filter((leaf, index, all) => all.indexOf(leaf) === index)
        .sort(),
      ...{ language: 'es', givenAt: inSeconds(now, 0) },
      ...changes.consent,
    };
    const iat = Math.floor(now.getTime() / 1000) - 60;
    const claims: CredentialClaims = {
      ...{ v: 1, iss: this.#context.clinic, vis: this.visit, sub: participant, role, ses: newId(sessionId) },
      ...{ jkt: key.leaf, iat, exp: iat + credentialLifetimeSeconds, aud: 'sotto/e2ee', nmc: 'N'.repeat(43) },
      ...changes.claims,
    };
    return {
      ...{ consent, key: key.publicKey },
      credential: (changes.identity ?? this.#identity).credential(claims, changes.typ),
      signature: (changes.signedBy ?? key).sign(consentOctets(consent)),
    };
  }

  /** What a passkey says of a leaf. */
  async proof(passkey: Passkey, leaf: LeafThumbprint, changes: ProofChanges = {}) {
    const { database, clinic, now } = this.#context;
    const [row] = await database
      .select()
      .from(credentialTable)
      .where(eq(credentialTable.credential, passkey.credential));
    const statement = row && clinicianStatement.parse(JSON.parse(row.statement));
    const payload = statement ? new TextDecoder().decode(canonicalJson(statement.payload)) : '{}';
    const expiry = changes.expiry ?? inSeconds(now(), 3600);
    const claim = { type: 'sotto/leaf/v1', clinic, visit: this.visit, leaf, expiry, ...changes.claim } as const;
    const challenge = challengeOf(changes.label ?? 'sotto/leaf/v1', leafClaimOctets(claim));
    return {
      entry: { payload, signature: statement?.signature ?? 'A'.repeat(86) },
      ...{ expiry, assertion: passkey.assert(challenge, changes.assertion) },
    };
  }

  async evidence(passkey: Passkey, terms = this.terms()): Promise<ConsentEvidence> {
    const { leaf } = this.asking.key;
    return evidenceOf({
      terms,
      consents: [this.yes(this.asking, terms), this.yes(this.patient, terms)],
      recorders: [{ leaf, proof: await this.proof(passkey, leaf) }],
      tracks: [this.asking.participant, this.patient.participant],
    });
  }

  /** Seals one run of a track. @returns its signed manifest */
  async manifest(
    { payload }: ObjectKeyStatement,
    evidence: ConsentEvidence,
    { context = {}, roster = evidenceHashOf(evidence), signer = this.recorder.signer }: ManifestChanges = {},
  ): Promise<Bytes> {
    const { clinic, pseudonym, visit, object, publicKey } = payload;
    const about: ObjectContext = {
      ...{ clinic, pseudonym, visit, object, kind: 'recording', track: 0 },
      consent: hash.parse(consentHashOf(evidence)),
      ...context,
    };
    const { record } = await sealBytes(
      { publicKey: fromBase64url(publicKey), context: { object: about, part: 'body', run: 0 }, previous: null },
      utf8('A planted moment.'),
    );
    const sealedAt = inSeconds(this.#context.now(), 0);
    const manifest = { context: about, sealedAt, runs: [record], head: null };
    return signManifest({ ...manifest, roster: roster === null ? null : hash.parse(roster) }, signer);
  }
}

/** Puts the consents in the order that they stand in. */
export const evidenceOf = (parts: Omit<ConsentEvidence, 'type'>): ConsentEvidence =>
  consentEvidence.parse({
    ...parts,
    type: 'sotto/consents/v1',
    consents: [...parts.consents].sort((a, b) => (a.consent.leaf < b.consent.leaf ? -1 : 1)),
  });

interface ProofChanges {
  readonly expiry?: string;
  readonly claim?: Partial<Parameters<typeof leafClaimOctets>[0]>;
  readonly label?: 'sotto/act/v1';
  readonly assertion?: Tampering;
}

export interface ManifestChanges {
  readonly context?: Partial<ObjectContext>;
  readonly roster?: string | null;
  readonly signer?: ManifestSigner;
}
