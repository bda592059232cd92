import { randomBytes } from 'node:crypto';
import { startTemporaryKeystore, type TemporaryKeystore } from '@sotto/infra/keystore';
import { type StaffRole, staffSession, type Visit } from '@sotto/protocol/clinic';
import { clinicId, type ObjectId, type PatientId, type StaffId, visitId } from '@sotto/protocol/ids';
import {
  type Act,
  type ClinicianEntry,
  type Enrolment,
  type ProvenEnrolment,
  type ReleaseRequest,
  requestId,
} from '@sotto/protocol/keystore';
import {
  type ActCall,
  type MintAnswer,
  mintAnswer,
  nonceGrant,
  type SignedRelease,
} from '@sotto/protocol/keystoreRoutes';
import type { PatientSignIn, PatientSignInStatement } from '@sotto/protocol/patientSignIn';
import type { SealedUpload } from '@sotto/protocol/records';
import { type SignInStatement, signInOptions } from '@sotto/protocol/signIn';
import { createObjectKeyPair, inspectManifest, type ObjectContext, sealBytes, signManifest } from '@sotto/vault';
import { createIssuer } from '../src/issuer.ts';
import { createKeystoreClient } from '../src/keystoreClient.ts';
import { newId } from '../src/opaqueToken.ts';
import { type Account, type ClinicChoices, createVisit, startClinic, type TestClinic } from './clinic.ts';
import type { Answer, HttpClient } from './httpClient.ts';
import { newIdentityKey } from './keys.ts';
import { type AnswerChanges, Passkey } from './passkey.ts';
import { sendPhi } from './phi.ts';
import type { RecordingPlace } from './recordingPlace.ts';
import { RecoveryCode } from './recoveryCode.ts';

const webPort = 9443;
const origin = `https://localhost:${webPort}`;

/** Whole seconds, as acts have them. */
export const inSeconds = (seconds: number): string =>
  `${new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19)}Z`;

/** Somebody with an account, a browser and a passkey. */
export interface Clinician {
  readonly id: StaffId;
  readonly name: string;
  readonly role: StaffRole;
  readonly browser: HttpClient;
  readonly passkey: Passkey;
}

type Given<A> = A extends Act ? Omit<A, 'type' | 'id' | 'nonce' | 'clinic' | 'by' | 'expiry'> : never;

/** A note on its way: for which visit and object, and the bytes. */
export interface WrittenNote {
  readonly visit: Visit;
  readonly object: ObjectId;
  readonly pseudonym: PatientId;
  readonly minted: MintAnswer;
  readonly upload: SealedUpload;
}

/** A clinic's api over a keystore of its own, each as it is in production, and two officers who were let in. */
export class Records {
  readonly keystore: TemporaryKeystore;
  readonly clinic: TestClinic;
  readonly officers: Clinician[] = [];
  readonly #accounts = new Map<StaffId, Account>();

  private constructor(keystore: TemporaryKeystore, clinic: TestClinic) {
    this.keystore = keystore;
    this.clinic = clinic;
  }

  /** @param place where recordings are kept; a folder of its own otherwise */
  static async start(
    place?: RecordingPlace,
    choices: Pick<ClinicChoices, 'passwordSessions' | 'idleLockSeconds' | 'logRandom'> = {},
  ): Promise<Records> {
    const id = newId(clinicId);
    const identity = await newIdentityKey();
    const { publicKeys } = await createIssuer(identity, id);
    const keystore = await startTemporaryKeystore(id, webPort, publicKeys);
    const client = createKeystoreClient({ ...keystore, onFault: () => undefined });
    const records = new Records(
      keystore,
      await startClinic({
        origin,
        clinicId: id,
        keystore: client,
        identity,
        ...(place === undefined ? {} : { place }),
        ...choices,
      }),
    );
    for (const name of ['First Officer', 'Second Officer']) {
      const officer = await records.#person('privacyOfficer', name);
      await records.askForEnrolment(officer);
      records.officers.push(officer);
    }
    const waiting = await keystore.run(['officers']);
    for (const [code] of waiting.matchAll(/^[\d-]{24}/gm)) await keystore.run(['officer-enrol', code]);
    return records;
  }

  async close(): Promise<void> {
    this.clinic.context.keystore.close();
    await this.clinic.close();
    await this.keystore.remove();
  }

  async #person(role: StaffRole, name: string): Promise<Clinician> {
    const account = await this.clinic.addStaff(role, name);
    this.#accounts.set(account.id, account);
    const browser = await this.clinic.signIn(account);
    const { staff } = staffSession.parse((await browser.send('GET', '/api/session')).json);
    return { id: staff.id, name, role, browser, passkey: new Passkey(origin) };
  }

  /** Somebody who has signed in again by the passkey that they have, in another browser. */
  async signedInAgain(person: Clinician): Promise<Clinician> {
    const browser = this.clinic.visitor();
    expectStatus(await this.signInByPasskey(person, browser), 200);
    return { ...person, browser };
  }

  /** @param changes to what the passkey signs, to how it answers, and whose it is to be */
  async signInByPasskey(
    { passkey }: Pick<Clinician, 'passkey'>,
    browser: HttpClient,
    changes: {
      readonly statement?: Partial<SignInStatement>;
      readonly answer?: AnswerChanges;
      readonly staff?: StaffId;
    } = {},
  ): Promise<Answer> {
    const { nonce } = signInOptions.parse((await browser.send('POST', '/api/session/passkey/options')).json);
    const { clinicId } = this.clinic.context;
    const statement = { type: 'sotto/sign-in/v1', clinic: clinicId, nonce, ...changes.statement } as const;
    const assertion = passkey.assert('sotto/sign-in/v1', statement, changes.answer);
    const body = { nonce, assertion, ...(changes.staff === undefined ? {} : { staff: changes.staff }) };
    return browser.send('POST', '/api/session/passkey', { body });
  }

  /** E-mail and name of somebody who was added here. */
  accountOf({ id }: Clinician): Account {
    const account = this.#accounts.get(id);
    if (!account) throw new Error('Nobody here has such an account.');
    return account;
  }

  entryOf({ id, role, passkey }: Clinician): ClinicianEntry {
    const { credential, publicKey } = passkey;
    return { subject: id, role, licence: null, credential, publicKey };
  }

  /** @param index of one of the two */
  officer(index: 0 | 1): Clinician {
    const officer = this.officers[index];
    if (!officer) throw new Error('The officers were not let in.');
    return officer;
  }

  /** What a new passkey says of itself. */
  enrolmentOf(person: Clinician): ProvenEnrolment {
    const enrolment: Enrolment = {
      of: 'clinician',
      entry: this.entryOf(person),
      ...{ type: 'sotto/enrolment/v1', clinic: this.clinic.context.clinicId, requestedAt: inSeconds(0) },
    };
    return { enrolment, proof: person.passkey.assert('sotto/enrolment/v1', enrolment) };
  }

  async askForEnrolment(person: Clinician): Promise<ProvenEnrolment> {
    const enrolment = this.enrolmentOf(person);
    expectStatus(await person.browser.send('POST', '/api/keystore/enrolments', { body: enrolment }), 204);
    return enrolment;
  }

  async nonceFor({ browser }: Pick<Clinician, 'browser'>) {
    return nonceGrant.parse((await browser.send('POST', '/api/keystore/nonces')).json).nonce;
  }

  /** An act that these people sign, ready to be handed in. */
  async act(
    signers: readonly Clinician[],
    given: Given<Act>,
    newcomer: ProvenEnrolment | null = null,
  ): Promise<ActCall> {
    const signing = [...signers].sort((a, b) => (a.id < b.id ? -1 : 1));
    const [first] = signing;
    if (!first) throw new Error('nobody signs');
    // The union's members differ in what is given alone.
    const act = {
      ...{ type: 'sotto/act/v1', id: newId(requestId), nonce: await this.nonceFor(first) },
      ...{ clinic: this.clinic.context.clinicId, by: signing.map(({ id }) => id), expiry: inSeconds(120) },
      ...given,
    } as Act;
    return { act, assertions: signing.map(({ passkey }) => passkey.assert('sotto/act/v1', act)), newcomer };
  }

  /** Somebody whose passkey an officer has signed for. */
  async enrolled(role: StaffRole = 'physician', name = 'Dr Test'): Promise<Clinician> {
    const officer = this.officer(0);
    const person = await this.#person(role, name);
    const newcomer = await this.askForEnrolment(person);
    const call = await this.act([officer], { action: 'enrol', entry: this.entryOf(person) }, newcomer);
    expectStatus(await officer.browser.send('POST', '/api/keystore/acts', { body: call }), 200);
    return person;
  }

  /** Somebody with an account and a passkey that nobody has signed for. */
  stranger = (role: StaffRole = 'physician', name = 'Dr New'): Promise<Clinician> => this.#person(role, name);

  /** Writes a note in a visit of the writer's own, and hands it in unless told otherwise. */
  async write(writer: Clinician, { visit: given, isStored = true }: Writing = {}): Promise<WrittenNote> {
    const visit = given ?? (await createVisit(writer.browser, this.clinic));
    const minted = mintAnswer.parse((await writer.browser.send('POST', `/api/visits/${visit.id}/objects`)).json);
    const { object, pseudonym, publicKey } = minted.statement.payload;
    const about: ObjectContext = {
      ...{ clinic: this.clinic.context.clinicId, pseudonym, visit: visitId.parse(visit.id), object },
      ...{ kind: 'note', track: 0, consent: null },
    };
    const { file, record } = await sealBytes(
      {
        context: { object: about, part: 'body', run: 0 },
        publicKey: new Uint8Array(Buffer.from(publicKey, 'base64url')),
        previous: null,
      },
      new TextEncoder().encode('planted finding'),
    );
    const manifest = await signManifest(
      { context: about, roster: null, sealedAt: inSeconds(0), runs: [record], head: null },
      writer.passkey.signer,
    );
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
    const upload = { manifest: text(manifest), run: text(file) };
    if (isStored) expectStatus(await sendPhi(writer.browser, 'storeNote', object, upload), 200);
    return { visit, object, pseudonym, minted, upload };
  }

  /** A note as it is, its manifest signed by somebody else's passkey. */
  async signedAgain({ upload }: WrittenNote, { passkey }: Pick<Clinician, 'passkey'>): Promise<SealedUpload> {
    const { context, roster, sealedAt, runs, head } = await inspectManifest(
      new Uint8Array(Buffer.from(upload.manifest, 'base64url')),
    );
    const manifest = await signManifest({ context, roster, sealedAt, runs, head }, passkey.signer);
    return { ...upload, manifest: Buffer.from(manifest).toString('base64url') };
  }

  /** The recovery code of the patient of a visit, asked for in that visit's browser; nobody has signed for it yet. */
  async askForCode({ visit, pseudonym }: Pick<WrittenNote, 'visit' | 'pseudonym'>, browser: HttpClient) {
    const code = new RecoveryCode(pseudonym);
    const enrolment: Enrolment = {
      ...{ type: 'sotto/enrolment/v1', of: 'patient', clinic: this.clinic.context.clinicId },
      ...{ visit: visitId.parse(visit.id), entry: code.entry, requestedAt: inSeconds(0) },
    };
    const newcomer: ProvenEnrolment = { enrolment, proof: code.assert('sotto/enrolment/v1', enrolment) };
    const answer = await browser.send('POST', '/api/keystore/enrolments', { body: newcomer });
    return { code, newcomer, answer };
  }

  /** A recovery code that opens what is a patient's: asked for in the visit's browser, and signed for by its clinician. */
  async patientKey(
    clinician: Clinician,
    { visit, pseudonym }: Pick<WrittenNote, 'visit' | 'pseudonym'>,
    browser: HttpClient,
  ): Promise<RecoveryCode> {
    const { code, newcomer, answer } = await this.askForCode({ visit, pseudonym }, browser);
    expectStatus(answer, 204);
    const given = { action: 'enrolPatient', visit: visitId.parse(visit.id), entry: code.entry } as const;
    const call = await this.act([clinician], given, newcomer);
    expectStatus(await clinician.browser.send('POST', '/api/keystore/acts', { body: call }), 200);
    return code;
  }

  /** What a patient's key signs to sign in to their page. */
  async patientSignIn(
    key: { assert(label: 'sotto/patient-sign-in/v1', content: object): PatientSignIn['assertion'] },
    browser: HttpClient,
    changes: Partial<PatientSignInStatement> = {},
  ): Promise<PatientSignIn> {
    const { nonce } = nonceGrant.parse((await browser.send('POST', '/api/portal/session/options')).json);
    const statement = {
      ...({ type: 'sotto/patient-sign-in/v1', clinic: this.clinic.context.clinicId, nonce, origin } as const),
      ...{ expiry: inSeconds(60), ...changes },
    };
    return { statement, assertion: key.assert('sotto/patient-sign-in/v1', statement) };
  }

  /** Somebody signs in to their own page. */
  async signInPatient(...given: Parameters<Records['patientSignIn']>): Promise<Answer> {
    return given[1].send('POST', '/api/portal/session', { body: await this.patientSignIn(...given) });
  }

  /** A release, signed. */
  async release(
    viewer: Viewer,
    objects: readonly ObjectId[],
    changes: Partial<ReleaseRequest> = {},
  ): Promise<SignedRelease> {
    const { publicKey } = await createObjectKeyPair();
    const request: ReleaseRequest = {
      ...{ type: 'sotto/release/v1', id: newId(requestId), nonce: await this.nonceFor(viewer) },
      ...{ clinic: this.clinic.context.clinicId, user: viewer.id, objects: [...objects].sort() },
      ...{ purpose: 'treatment', use: 'open', breakGlass: null, approver: null },
      ...{
        viewerKey: Buffer.from(publicKey).toString('base64url'),
        closingKey: randomBytes(32).toString('base64url'),
        expiry: inSeconds(60),
      },
      ...changes,
    };
    return { request, assertion: viewer.passkey.assert('sotto/release/v1', request), approval: null };
  }
}

/** Who signs a release, in which browser. */
interface Viewer {
  readonly id: ReleaseRequest['user'];
  readonly browser: HttpClient;
  readonly passkey: { assert(label: 'sotto/release/v1', request: ReleaseRequest): SignedRelease['assertion'] };
}

interface Writing {
  readonly visit?: Visit;
  readonly isStored?: boolean;
}

/** @throws unless the answer has this status */
function expectStatus(answer: Answer, status: number): Answer {
  if (answer.status !== status) throw new Error(`${answer.status} ${JSON.stringify(answer.json)}`);
  return answer;
}
