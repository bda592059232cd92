import { Agent, type RequestOptions, request } from 'node:https';
import type { ConsentEvidence } from '@sotto/protocol/consent';
import type { Contained } from '@sotto/protocol/containment';
import type { ObjectId, PatientId, StaffId, VisitId } from '@sotto/protocol/ids';
import type { ProvenEnrolment, ReadingNonce } from '@sotto/protocol/keystore';
import {
  type Accesses,
  type ActCall,
  accesses,
  type accessesQuery,
  actAnswer,
  type Containments,
  containments,
  directory,
  type EntriesRequest,
  enrolmentList,
  entriesAnswer,
  type FieldKeysAnswer,
  fieldKeysAnswer,
  type holdsQuery,
  type KeystoreRefusal,
  keystoreIdentity,
  keystoreRefusal,
  keystoreStatusOf,
  type LegalHolds,
  legalHolds,
  mintAnswer,
  nonceGrant,
  notices,
  type Openings,
  openings,
  type PatientKeys,
  patientKeys,
  type Restrictions,
  registrationAnswer,
  releaseAnswer,
  type releaseCall,
  restrictions,
  type restrictionsQuery,
  type Shreddings,
  type SignedClosing,
  shreddings,
} from '@sotto/protocol/keystoreRoutes';
import { type PatientSignInAnswer, type PatientSignInCall, patientSignInAnswer } from '@sotto/protocol/patientSignIn';
import { mutualTlsClientOptions, type TlsIdentity } from '@sotto/service/tls';
import * as z from 'zod';

/** The name that the keystore's certificate must have, whatever address is dialled. */
const serverName = 'keystore.sotto.internal';

/** Fifty proven entries are 3 MB, and the directory of a large clinic is less. */
const maxAnswerBytes = 8 * 1024 * 1024;

/** What became of a request: unavailable is also a keystore that answers what it never should. */
export type KeystoreOutcome<T> =
  | { readonly tag: 'answered'; readonly value: T }
  | { readonly tag: 'refused'; readonly refusal: KeystoreRefusal }
  | { readonly tag: 'unavailable' };

/** The keystore's routes (packages/protocol/src/keystoreRoutes.ts), each answer parsed by its schema. */
export interface KeystoreClient {
  identity(): Promise<KeystoreOutcome<z.infer<typeof keystoreIdentity>>>;
  issueNonce(subject: StaffId | PatientId): Promise<KeystoreOutcome<z.infer<typeof nonceGrant>>>;
  /** For somebody who signs in to their own page. */
  issueSignInNonce(): Promise<KeystoreOutcome<z.infer<typeof nonceGrant>>>;
  signInPatient(call: PatientSignInCall): Promise<KeystoreOutcome<PatientSignInAnswer>>;
  mint(pseudonym: PatientId, visit: VisitId): Promise<KeystoreOutcome<z.infer<typeof mintAnswer>>>;
  /** @param patients at most 500 @param make whether who has none gets one */
  fieldKeys(patients: readonly PatientId[], make: boolean): Promise<KeystoreOutcome<FieldKeysAnswer>>;
  /** @param manifest base64url @param evidence of a recording; null for everything else */
  register(
    object: ObjectId,
    manifest: string,
    evidence: ConsentEvidence | null,
  ): Promise<KeystoreOutcome<z.infer<typeof registrationAnswer>>>;
  release(call: z.infer<typeof releaseCall>): Promise<KeystoreOutcome<z.infer<typeof releaseAnswer>>>;
  tellClosing(closing: SignedClosing): Promise<KeystoreOutcome<undefined>>;
  requestEnrolment(enrolment: ProvenEnrolment): Promise<KeystoreOutcome<undefined>>;
  listEnrolments(): Promise<KeystoreOutcome<z.infer<typeof enrolmentList>>>;
  act(call: ActCall): Promise<KeystoreOutcome<z.infer<typeof actAnswer>>>;
  /** @param nonce of the browser that reads */
  patientKeys(pseudonym: PatientId, nonce: ReadingNonce): Promise<KeystoreOutcome<PatientKeys>>;
  legalHolds(asked: z.infer<typeof holdsQuery>): Promise<KeystoreOutcome<LegalHolds>>;
  restrictions(asked: z.infer<typeof restrictionsQuery>): Promise<KeystoreOutcome<Restrictions>>;
  shreddings(before: string | undefined): Promise<KeystoreOutcome<Shreddings>>;
  directory(): Promise<KeystoreOutcome<z.infer<typeof directory>>>;
  readEntries(asked: EntriesRequest): Promise<KeystoreOutcome<z.infer<typeof entriesAnswer>>>;
  /** @param after id of the last one that is known */
  listNotices(after: number): Promise<KeystoreOutcome<z.infer<typeof notices>>>;
  /** @param after place that was told last; undefined for whoever begins now */
  readOpenings(after: number | undefined): Promise<KeystoreOutcome<Openings>>;
  /** @param from place that was looked at last, or a time to begin from */
  readAccesses(from: z.infer<typeof accessesQuery>): Promise<KeystoreOutcome<Accesses>>;
  contain(whom: Contained): Promise<KeystoreOutcome<undefined>>;
  containments(): Promise<KeystoreOutcome<Containments>>;
  close(): void;
}

export interface KeystoreLink {
  /** `https://host:port` */
  readonly url: string;
  /** Ours: the certificate names `api.sotto.internal`. */
  readonly tls: TlsIdentity;
  /** Certificate of the only authority whose keystore is believed, PEM. */
  readonly ca: string;
  /** For the whole of a request, connecting included; default 10 s. */
  readonly timeoutMs?: number;
  /** Told of every request that ended as `unavailable`. */
  readonly onFault: (fault: unknown) => void;
}

interface Raw {
  readonly status: number;
  readonly text: string;
}

function queryOf(asked: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, text] of Object.entries(asked)) if (text !== undefined) query.set(name, text);
  return query.toString();
}

function send(options: RequestOptions, body: string | undefined, timeoutMs: number): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const asked = request({ ...options, signal }, (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > maxAnswerBytes) response.destroy(new Error('The answer is too long.'));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    asked.on('error', (fault) => {
      // A kept connection that the other side had just closed: nothing of the request was read.
      const isStale = asked.reusedSocket && 'code' in fault && (fault.code === 'ECONNRESET' || fault.code === 'EPIPE');
      if (isStale) resolve(send(options, body, timeoutMs));
      else reject(fault);
    });
    asked.end(body);
  });
}

/** A client that connects when it is asked something: the keystore may start later. */
export function createKeystoreClient({ url, tls, ca, timeoutMs = 10_000, onFault }: KeystoreLink): KeystoreClient {
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: 16, ...mutualTlsClientOptions(tls, ca, serverName) });

  async function ask<S extends z.ZodType>(
    method: 'GET' | 'POST',
    path: string,
    schema: S,
    body?: unknown,
  ): Promise<KeystoreOutcome<z.infer<S>>> {
    try {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers =
        text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) };
      const raw = await send({ host: hostname, port, method, path, headers, agent }, text, timeoutMs);
      const json: unknown = raw.text === '' ? undefined : JSON.parse(raw.text);
      if (raw.status >= 200 && raw.status < 300) return { tag: 'answered', value: schema.parse(json) };
      const refusal = keystoreRefusal.parse(json);
      if (keystoreStatusOf[refusal.code] !== raw.status) throw new Error('The refusal has another status.');
      return { tag: 'refused', refusal };
    } catch (fault) {
      onFault(fault);
      return { tag: 'unavailable' };
    }
  }

  return {
    identity: () => ask('GET', '/v1/identity', keystoreIdentity),
    issueNonce: (subject) => ask('POST', '/v1/nonces', nonceGrant, { subject }),
    issueSignInNonce: () => ask('POST', '/v1/patient-sign-ins/nonces', nonceGrant),
    signInPatient: (call) => ask('POST', '/v1/patient-sign-ins', patientSignInAnswer, call),
    mint: (pseudonym, visit) => ask('POST', '/v1/objects', mintAnswer, { pseudonym, visit }),
    fieldKeys: (pseudonyms, make) => ask('POST', '/v1/field-keys', fieldKeysAnswer, { pseudonyms, make }),
    register: (object, manifest, evidence) =>
      ask('POST', '/v1/registrations', registrationAnswer, { object, manifest, evidence }),
    release: (call) => ask('POST', '/v1/releases', releaseAnswer, call),
    tellClosing: (closing) => ask('POST', '/v1/closings', z.undefined(), closing),
    requestEnrolment: (enrolment) => ask('POST', '/v1/enrolments', z.undefined(), enrolment),
    listEnrolments: () => ask('GET', '/v1/enrolments', enrolmentList),
    act: (call) => ask('POST', '/v1/acts', actAnswer, call),
    patientKeys: (pseudonym, nonce) => ask('GET', `/v1/patients/${pseudonym}/keys?nonce=${nonce}`, patientKeys),
    legalHolds: (asked) => ask('GET', `/v1/holds?${queryOf(asked)}`, legalHolds),
    restrictions: (asked) => ask('GET', `/v1/restrictions?${queryOf(asked)}`, restrictions),
    shreddings: (before) => ask('GET', `/v1/shreddings?${queryOf({ before })}`, shreddings),
    directory: () => ask('GET', '/v1/directory', directory),
    readEntries: (asked) => ask('POST', '/v1/entries', entriesAnswer, asked),
    listNotices: (after) => ask('GET', `/v1/notices?after=${after}`, notices),
    readOpenings: (after) => ask('GET', `/v1/openings?${queryOf({ after: after?.toString() })}`, openings),
    readAccesses: (from) => {
      const asked = 'after' in from ? { after: from.after.toString() } : from;
      return ask('GET', `/v1/accesses?${queryOf(asked)}`, accesses);
    },
    contain: (whom) => ask('POST', '/v1/containments', z.undefined(), { whom }),
    containments: () => ask('GET', '/v1/containments', containments),
    close: () => agent.destroy(),
  };
}
