import { join } from 'node:path';
import { decodeEntry, type Entry, parseProvenEntry, verifyProvenEntry } from '@sotto/audit';
import { nodeTreeHasher } from '@sotto/audit/postgres';
import { type ObjectId, patientId, type VisitId, visitId } from '@sotto/protocol/ids';
import {
  type Act,
  type DirectoryRole,
  type Enrolment,
  type ProvenEnrolment,
  type ReleaseRequest,
  requestId,
} from '@sotto/protocol/keystore';
import { createObjectKeyPair } from '@sotto/vault';
import { type Bytes, fromBase64url, toBase64url } from '../src/bytes.ts';
import { type ActCall, hashAct } from '../src/directory/act.ts';
import { type ActOutcome, Acts } from '../src/directory/acts.ts';
import { officerRole } from '../src/directory/clinician.ts';
import { hashEnrolment } from '../src/directory/newKey.ts';
import { keepEnrolment } from '../src/directory/pendingEnrolments.ts';
import { hpkeOpen } from '../src/hpke.ts';
import { newId, type Subject } from '../src/ids.ts';
import { mintObject } from '../src/keys/objectKeys.ts';
import { openShredJournal } from '../src/keys/shredJournal.ts';
import type { KeystoreContext } from '../src/keystoreContext.ts';
import { issueNonce } from '../src/nonces.ts';
import { openClinicPolicy } from '../src/release/clinicPolicy.ts';
import { hashRequest, type ReleaseCall } from '../src/release/releaseRequest.ts';
import type { ReleaseOutcome } from '../src/release/releases.ts';
import { RequestLedger } from '../src/requestLedger.ts';
import { Closer } from './closer.ts';
import type { Installation } from './installation.ts';
import { Passkey, party, type Tampering } from './passkey.ts';
import { RecoveryCode } from './recoveryCode.ts';

/** Whole seconds, as acts have them. */
export const inSeconds = (now: Date, seconds: number): string =>
  `${new Date(now.getTime() + seconds * 1000).toISOString().slice(0, 19)}Z`;

type About =
  | Omit<Extract<Enrolment, { of: 'clinician' }>, 'type' | 'clinic' | 'requestedAt'>
  | Omit<Extract<Enrolment, { of: 'patient' }>, 'type' | 'clinic' | 'requestedAt'>;
type Given<A> = A extends Act ? Omit<A, 'type' | 'id' | 'nonce' | 'clinic' | 'by' | 'expiry'> : never;

/** A passkey, or a recovery code. */
interface NewKey {
  readonly subject: Subject;
  assert(challenge: Bytes): ProvenEnrolment['proof'];
}

/** Who asks for a release: a passkey, or a patient's recovery code. */
export interface ViewerKey {
  readonly subject: Subject;
  assert(challenge: Bytes, changes?: Tampering): ReleaseCall['assertion'];
}

/** The people of a clinic, with their passkeys. */
export class People {
  readonly context: KeystoreContext;
  readonly acts: Acts;
  readonly requests: RequestLedger;
  readonly installation: Installation;
  officers: Passkey[] = [];

  constructor(installation: Installation, context: KeystoreContext) {
    this.installation = installation;
    this.context = context;
    this.requests = new RequestLedger(context);
    const policy = openClinicPolicy({ id: installation.clinic, timeZone: 'Europe/Madrid' });
    const path = join(installation.folder, 'shredded.jsonl');
    const journal = openShredJournal(path, context.statements.publicKey, 'KEYSTORE_SHRED_JOURNAL_FILE');
    this.acts = new Acts({ context, requests: this.requests, journal, party, policy });
  }

  static async with(installation: Installation, context: KeystoreContext): Promise<People> {
    const people = new People(installation, context);
    for (const officer of [new Passkey(), new Passkey()]) {
      const outcome = await people.acts.performOnHost(
        await people.call([], { action: 'enrol', entry: people.entryOf(officer, officerRole) }, officer),
      );
      if (outcome.tag === 'refused') throw new Error(outcome.code);
      people.officers.push(officer);
    }
    return people;
  }

  /** The same people, at another process of the keystore. */
  at(context: KeystoreContext): People {
    const people = new People(this.installation, context);
    people.officers = this.officers;
    return people;
  }

  entryOf(passkey: Passkey, role: DirectoryRole) {
    const { subject, credential, publicKey } = passkey;
    return { subject, role, licence: null, credential, publicKey: toBase64url(publicKey) };
  }

  /** What a new passkey asks for itself. */
  proven(passkey: Pick<NewKey, 'assert'>, about: About, changes: Partial<Enrolment> = {}): ProvenEnrolment {
    const { clinic, now } = this.context;
    const common = { type: 'sotto/enrolment/v1', clinic, requestedAt: inSeconds(now(), 0) };
    // The union's members differ in what it is about alone.
    const enrolment = { ...common, ...about, ...changes } as Enrolment;
    return { enrolment, proof: passkey.assert(hashEnrolment(enrolment)) };
  }

  /** An act that these officers sign. */
  async call(signers: readonly Passkey[], given: Given<Act>, newcomer: NewKey | null = null): Promise<ActCall> {
    const { database, clinic, now } = this.context;
    const signing = [...signers].sort((a, b) => (a.subject < b.subject ? -1 : 1));
    const holder = signing[0]?.subject ?? newcomer?.subject;
    if (holder === undefined) throw new Error('nobody signs');
    const { nonce } = await issueNonce(database, holder, now());
    // The union's members differ in what is given alone.
    const act = {
      ...{ type: 'sotto/act/v1', id: newId(requestId), nonce, clinic },
      ...{ by: signing.map(({ subject }) => subject), expiry: inSeconds(now(), 60) },
      ...given,
    } as Act;
    const challenge = hashAct(act);
    const proven = newcomer && 'entry' in act ? this.proven(newcomer, aboutOf(act)) : null;
    // As a new passkey's browser does before anybody signs for it.
    if (proven?.enrolment.of === 'clinician') await keepEnrolment(this.context, party, proven);
    return { act, assertions: signing.map((signer) => signer.assert(challenge)), newcomer: proven };
  }

  async perform(signers: readonly Passkey[], given: Given<Act>, newcomer: Passkey | null = null): Promise<ActOutcome> {
    return this.acts.perform(await this.call(signers, given, newcomer));
  }

  /** A physician whom an officer has enrolled. */
  physician(passkey = new Passkey()): Promise<Passkey> {
    return this.enrolled('physician', passkey);
  }

  /** Somebody of this role whom an officer has enrolled. */
  async enrolled(role: Exclude<DirectoryRole, 'privacyOfficer'>, passkey = new Passkey()): Promise<Passkey> {
    const entry = this.entryOf(passkey, role);
    const outcome = await this.perform(this.officers.slice(0, 1), { action: 'enrol', entry }, passkey);
    if (outcome.tag === 'refused') throw new Error(outcome.code);
    return passkey;
  }

  /** A patient with a recovery code, for which a clinician has signed in a visit. */
  async patient(by: Passkey): Promise<RecoveryCode> {
    const [code, visit] = [new RecoveryCode(), newId(visitId)];
    const call = await this.call([by], { action: 'enrolPatient', visit, entry: code.entry }, code);
    const newcomer = this.proven(code, { of: 'patient', visit, entry: code.entry });
    const outcome = await this.acts.perform({ ...call, newcomer });
    if (outcome.tag === 'refused') throw new Error(outcome.code);
    return code;
  }

  /** A new object of a patient, of a new one unless it's said of whom. */
  async object(
    pseudonym = newId(patientId),
    visit: VisitId | null = null,
  ): Promise<{ object: ObjectId; pseudonym: typeof pseudonym }> {
    const { statement } = await mintObject(this.context, { pseudonym, visit });
    return { object: statement.payload.object, pseudonym };
  }

  /** A viewer who asks for objects, signed by the passkey. */
  async viewer(passkey: ViewerKey, objects: readonly ObjectId[], changes: ViewerChanges = {}): Promise<Viewer> {
    const { database, clinic, now } = this.context;
    const { nonce } = await issueNonce(database, changes.nonceFor ?? passkey.subject, now());
    const pair = await createObjectKeyPair();
    const closer = new Closer();
    const request: ReleaseRequest = {
      type: 'sotto/release/v1',
      ...{ id: newId(requestId), nonce, clinic, user: passkey.subject },
      ...{ objects: [...objects].sort(), purpose: 'treatment', use: 'open', breakGlass: null, approver: null },
      ...{ viewerKey: toBase64url(pair.publicKey), closingKey: closer.publicKey, expiry: inSeconds(now(), 60) },
      ...(changes.approver === undefined ? {} : { approver: changes.approver.subject }),
      ...changes.request,
    };
    const assertion = passkey.assert(hashRequest(request), changes.assertion);
    const approval = changes.approver?.assert(hashRequest(request)) ?? null;
    const call = { request, assertion, approval, relayed: { address: '192.0.2.7', userAgent: 'Test/1', related: [] } };
    return { call, privateKey: pair.privateKey, closer };
  }
}

/** What the new key of an act asks for itself. */
function aboutOf(act: Extract<Act, { entry: unknown }>): About {
  switch (act.action) {
    case 'enrol':
    case 'replace':
      return { of: 'clinician', entry: act.entry };
    case 'enrolPatient':
      return { of: 'patient', visit: act.visit, entry: act.entry };
    case 'assist':
      return { of: 'patient', visit: newId(visitId), entry: act.entry };
  }
}

/** Entries of the log that belong to a request or an act. */
export async function entriesAbout({ log }: KeystoreContext, session: string): Promise<Entry[]> {
  const found: Entry[] = [];
  for await (const { content } of log.leaves()) {
    const entry = content && decodeEntry(content.encoded);
    if (entry?.session === session) found.push(entry);
  }
  return found;
}

export interface ViewerChanges {
  readonly request?: Partial<ReleaseRequest>;
  readonly assertion?: Tampering;
  readonly nonceFor?: Subject;
  /** Who signs the same request, if anybody. */
  readonly approver?: Passkey;
}

export interface Viewer {
  readonly call: ReleaseCall;
  /** The ephemeral key's private half, which never leaves the viewer. */
  readonly privateKey: Bytes;
  /** Says for how long it was open. */
  readonly closer: Closer;
}

/** What a viewer does with an answer (SPEC.md section 5): checks each entry's proof, and opens each key. */
export async function openRelease(
  { call, privateKey }: Viewer,
  outcome: ReleaseOutcome,
  installation: Installation,
): Promise<Map<ObjectId, Bytes>> {
  if (outcome.tag === 'refused') throw new Error(`refused: ${outcome.code}`);
  const trust = {
    log: installation.logSigner.key,
    witnesses: [installation.witnessSigner.key],
    requireWitness: outcome.isWitnessed,
  };
  const requestHash = hashRequest(call.request);
  const opened = new Map<ObjectId, Bytes>();
  for (const { object, enc, sealed, proof } of outcome.keys) {
    const proven = parseProvenEntry(proof);
    const verdict = await verifyProvenEntry(proven, trust, nodeTreeHasher);
    const entry = proven.leaf.content && decodeEntry(proven.leaf.content.encoded);
    const isOurs = entry?.after === toBase64url(requestHash) && entry.resource === `object:${object}`;
    if (verdict.tag !== 'proven' || !isOurs || entry.outcome !== 'allowed') throw new Error('not logged');
    const binding = { info: requestHash, aad: fromBase64url(object) };
    const seed = await hpkeOpen(privateKey, binding, { enc: fromBase64url(enc), ciphertext: fromBase64url(sealed) });
    if (seed === null) throw new Error('does not open');
    opened.set(object, seed);
  }
  return opened;
}
