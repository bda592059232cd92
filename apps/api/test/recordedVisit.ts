import { createHash } from 'node:crypto';
import { SigningKey } from '@sotto/infra/signingKey';
import { ticketGrant, type Visit } from '@sotto/protocol/clinic';
import { type ClinicianProof, leafClaim } from '@sotto/protocol/clinicianProof';
import {
  type Consent,
  type ConsentEvidence,
  consentEvidence,
  consentOctets,
  type RecordingTerms,
  recordingTerms,
  type SignedConsent,
  termsOctets,
} from '@sotto/protocol/consent';
import { type LeafThumbprint, type ObjectId, type ParticipantId, recordingId } from '@sotto/protocol/ids';
import type { ObjectKeyStatement } from '@sotto/protocol/keystore';
import { directory, mintAnswer } from '@sotto/protocol/keystoreRoutes';
import { partGrant, type RecordingUpload } from '@sotto/protocol/recordings';
import { directoryView } from '@sotto/protocol/records';
import {
  type Hash,
  hash,
  type ManifestSigner,
  type ObjectContext,
  type RunRecord,
  sealBytes,
  signManifest,
} from '@sotto/vault';
import canonicalize from 'canonicalize';
import { newId } from '../src/opaqueToken.ts';
import { createVisit, joinAsPatient } from './clinic.ts';
import type { Answer, HttpClient } from './httpClient.ts';
import { sendPhi } from './phi.ts';
import { type Clinician, inSeconds, type Records } from './records.ts';

const b64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

/** Somebody in the visit, with one leaf. */
export interface Member {
  readonly key: SigningKey;
  readonly credential: string;
  readonly participant: ParticipantId;
}

/** A recorded object on its way: its files, cut into parts, and what is handed in at last. */
export interface RecordedTrack {
  readonly object: ObjectId;
  readonly minted: ObjectKeyStatement;
  readonly parts: readonly { readonly leaf: string; readonly octets: Uint8Array }[];
  readonly plaintext: Uint8Array;
  readonly upload: RecordingUpload;
}

/** What a test changes before it is signed or sealed. */
export interface Changes {
  readonly terms?: Partial<RecordingTerms>;
  readonly context?: Partial<ObjectContext>;
  /** The evidence as it stands in the manifest and is handed in. */
  readonly evidence?: (evidence: ConsentEvidence) => ConsentEvidence;
  readonly roster?: string;
  readonly signer?: ManifestSigner;
  /** Whose object it is of, instead of one that is minted anew. */
  readonly of?: RecordedTrack;
}

const partOctets = 100_000;

/** A visit of two in which everybody has consented to being recorded. */
export class RecordedVisit {
  readonly records: Records;
  readonly physician: Clinician;
  readonly visit: Visit;
  readonly patient: HttpClient;
  readonly members: readonly [Member, Member];
  readonly recorderKey = new SigningKey();
  readonly terms: RecordingTerms;
  readonly #proof: ClinicianProof;

  private constructor(
    records: Records,
    { physician, visit, patient }: Pick<RecordedVisit, 'physician' | 'visit' | 'patient'>,
    members: readonly [Member, Member],
    proof: ClinicianProof,
  ) {
    this.records = records;
    this.physician = physician;
    this.visit = visit;
    this.patient = patient;
    this.members = members;
    this.#proof = proof;
    this.terms = recordingTerms.parse({
      ...{ type: 'sotto/recording/v1', clinic: records.clinic.context.clinicId, visit: visit.id },
      ...{ recording: newId(recordingId), askedBy: members[0].participant, reason: 'care', wording: 'recording-1' },
      ...{ recorderKey: this.recorderKey.publicKey, askedAt: inSeconds(0) },
    });
  }

  static async begin(records: Records, physician: Clinician): Promise<RecordedVisit> {
    const visit = await createVisit(physician.browser, records.clinic);
    const patient = await joinAsPatient(physician.browser, records.clinic, visit.id);
    const memberOf = async (browser: HttpClient, path: string): Promise<Member> => {
      const key = new SigningKey();
      const grant = ticketGrant.parse((await browser.send('POST', path, { body: { leaf: key.leaf } })).json);
      return { key, credential: grant.credential, participant: grant.participantId };
    };
    const members = [
      await memberOf(physician.browser, `/api/visits/${visit.id}/ticket`),
      await memberOf(patient, '/api/join/ticket'),
    ] as const;
    const proof = await proofOf(records, physician, visit, members[0].key.leaf);
    return new RecordedVisit(records, { physician, visit, patient }, members, proof);
  }

  /** Someone's yes to terms. */
  consentOf({ key, credential }: Member, terms: RecordingTerms, changes: Partial<Consent> = {}): SignedConsent {
    const consent: Consent = {
      ...{ type: 'sotto/consent/v1', terms: b64(sha256(termsOctets(terms))), leaf: key.leaf },
      leaves: this.members.map((member) => member.key.leaf).sort(),
      ...{ language: 'en', givenAt: inSeconds(0) },
      ...changes,
    };
    return { consent, key: key.publicKey, credential, signature: key.sign(consentOctets(consent)) };
  }

  evidence(terms: RecordingTerms = this.terms): ConsentEvidence {
    const [asking] = this.members;
    return consentEvidence.parse({
      ...{ type: 'sotto/consents/v1', terms },
      consents: this.members
        .map((member) => this.consentOf(member, terms))
        .sort((a, b) => (a.consent.leaf < b.consent.leaf ? -1 : 1)),
      recorders: [{ leaf: asking.key.leaf, proof: this.#proof }],
      tracks: this.members.map(({ participant }) => participant),
    });
  }

  /** What the context of a recording by these terms has as consent. */
  consentHash = (terms: RecordingTerms): Hash => hash.parse(b64(sha256(termsOctets(terms))));

  async #mint(): Promise<ObjectKeyStatement> {
    const { browser } = this.physician;
    const { status, json } = await browser.send('POST', `/api/visits/${this.visit.id}/objects`);
    if (status !== 201 && status !== 200) throw new Error(`${status} ${JSON.stringify(json)}`);
    return mintAnswer.parse(json).statement;
  }

  /** Seals somebody's track in two runs and a head, as a recorder does. */
  async track(track: number, changes: Changes = {}): Promise<RecordedTrack> {
    const minted = changes.of?.minted ?? (await this.#mint());
    const { object, pseudonym, clinic, publicKey } = minted.payload;
    const terms = { ...this.terms, ...changes.terms };
    const evidence = (changes.evidence ?? ((same) => same))(this.evidence(terms));
    const context: ObjectContext = {
      ...{ clinic, pseudonym, visit: minted.payload.visit, object, kind: 'recording', track },
      consent: this.consentHash(evidence.terms),
      ...changes.context,
    };
    const key = new Uint8Array(Buffer.from(publicKey, 'base64url'));
    const runs: RunRecord[] = [];
    const parts: { leaf: string; octets: Uint8Array }[] = [];
    const plaintext = Buffer.concat([Buffer.alloc(230_000, `run 0 of ${track}`), Buffer.alloc(50_000, 'run 1')]);
    for (const piece of [plaintext.subarray(0, 230_000), plaintext.subarray(230_000)]) {
      const run = runs.length;
      const before = runs.at(-1);
      const previous = before === undefined ? null : new Uint8Array(Buffer.from(before.hash, 'base64url'));
      const { file, record } = await sealBytes(
        { publicKey: key, context: { object: context, part: 'body', run }, previous },
        piece,
      );
      runs.push(record);
      for (let from = 0; from < file.length; from += partOctets) {
        const index = String(from / partOctets).padStart(6, '0');
        parts.push({
          leaf: `${String(run).padStart(4, '0')}-${index}`,
          octets: file.subarray(from, from + partOctets),
        });
      }
    }
    const head = await sealBytes(
      { publicKey: key, context: { object: context, part: 'head', run: 0 }, previous: null },
      Buffer.from('head'),
    );
    parts.push({ leaf: 'head', octets: head.file });
    const roster = changes.roster ?? b64(sha256(Buffer.from(canonicalize(evidence) ?? '')));
    const manifest = await signManifest(
      { context, roster: hash.parse(roster), sealedAt: inSeconds(0), runs, head: head.record },
      changes.signer ?? this.recorderKey.signer,
    );
    return { object, minted, parts, plaintext, upload: { manifest: b64(manifest), evidence } };
  }

  /** Puts one part where the api says. @param halfway done when half of it is on its way */
  async put(
    object: ObjectId,
    { leaf, octets }: RecordedTrack['parts'][number],
    halfway?: () => Promise<void>,
  ): Promise<Answer> {
    const { browser } = this.physician;
    const asked = await browser.send('POST', `/api/objects/${object}/parts`, {
      body: { leaf, length: octets.byteLength },
    });
    if (asked.status !== 201) return asked;
    const { url, headers } = partGrant.parse(asked.json);
    return browser.send('PUT', url, { octets, headers, ...(halfway === undefined ? {} : { halfway }) });
  }

  async putAll({ object, parts }: RecordedTrack): Promise<void> {
    for (const part of parts) {
      const { status, json } = await this.put(object, part);
      if (status !== 201) throw new Error(`${status} ${JSON.stringify(json)}`);
    }
  }

  handIn({ object, upload }: Pick<RecordedTrack, 'object' | 'upload'>): Promise<Answer> {
    return sendPhi(this.physician.browser, 'storeRecording', object, upload);
  }
}

/** What a physician's passkey says of a leaf, with what the directory says of the passkey. */
async function proofOf(
  records: Records,
  { id, browser, passkey }: Clinician,
  visit: Visit,
  leaf: LeafThumbprint,
): Promise<ClinicianProof> {
  const { people: _, ...view } = directoryView.parse((await browser.send('GET', '/api/keystore/directory')).json);
  const entry = directory.parse(view).entries.find(({ payload }) => payload.subject === id);
  if (!entry) throw new Error('The physician is not in the directory.');
  const expiry = inSeconds(6 * 3600);
  const clinic = records.clinic.context.clinicId;
  const claim = leafClaim.parse({ type: 'sotto/leaf/v1', clinic, visit: visit.id, leaf, expiry });
  return {
    entry: { payload: canonicalize(entry.payload) ?? '', signature: entry.signature },
    expiry,
    assertion: passkey.assert('sotto/leaf/v1', claim),
  };
}
