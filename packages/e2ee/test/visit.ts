import type { TicketGrant } from '@sotto/protocol/clinic';
import { compactJws, type IdentityKey, identityKey } from '@sotto/protocol/credential';
import {
  clinicId,
  type LeafThumbprint,
  participantId,
  type Role,
  type SessionId,
  sessionId,
  visitId,
} from '@sotto/protocol/ids';
import {
  CallCrypto,
  type CallCryptoEventName,
  type CallCryptoEvents,
  type DirectoryTrust,
  type Mechanism,
  mechanisms,
  type PendingCommit,
  type ProvenPerson,
} from '../src/index.ts';
import { sha256, toBase64url } from '../src/octets.ts';
import type { SoftClinician } from './softDirectory.ts';

export const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1000));

const text = new TextEncoder();
const randomId = (octets: number): string => toBase64url(crypto.getRandomValues(new Uint8Array(octets)));
const unixNow = (): number => Math.floor(Date.now() / 1000);

export interface Person {
  participantId: string;
  role: Role;
  name: string;
  session: string;
}

export const person = (role: Role, name: string): Person => ({
  participantId: randomId(16),
  role,
  name,
  session: randomId(16),
});

/** A clinic's api as far as credentials go: real ES256 signatures by a fresh identity key. */
export class Clinic {
  readonly id = clinicId.parse(randomId(16));
  readonly identityKey: IdentityKey;
  readonly #signingKey: CryptoKey;

  private constructor(key: IdentityKey, signingKey: CryptoKey) {
    this.identityKey = key;
    this.#signingKey = signingKey;
  }

  static async open(): Promise<Clinic> {
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
    const { x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
    const kid = toBase64url(await sha256(text.encode(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y }))));
    const key = identityKey.parse({ kty: 'EC', crv: 'P-256', x, y, kid, alg: 'ES256', use: 'sig' });
    return new Clinic(key, pair.privateKey);
  }

  /** @param changes claims that differ from what an honest api would sign */
  async grant(
    visit: string,
    who: Person,
    leaf: string,
    changes: Record<string, unknown> = {},
  ): Promise<Pick<TicketGrant, 'credential' | 'name'>> {
    const salt = crypto.getRandomValues(new Uint8Array(16));
    const claims = {
      v: 1,
      iss: this.id,
      vis: visit,
      sub: who.participantId,
      role: who.role,
      ses: who.session,
      jkt: leaf,
      iat: unixNow(),
      exp: unixNow() + 3600,
      aud: 'sotto/e2ee',
      nmc: toBase64url(await sha256(salt, text.encode(who.name))),
      ...changes,
    };
    const header = { alg: 'ES256', typ: 'sotto-credential+jwt', kid: this.identityKey.kid };
    const signed = [header, claims].map((part) => toBase64url(text.encode(JSON.stringify(part)))).join('.');
    const signature = await crypto.subtle.sign(
      { name: 'ECDSA', hash: 'SHA-256' },
      this.#signingKey,
      text.encode(signed),
    );
    const credential = compactJws.parse(`${signed}.${toBase64url(new Uint8Array(signature))}`);
    return { credential, name: { name: who.name, salt: toBase64url(salt) } };
  }
}

/** What a client's browser knows of the clinic's directory. */
export interface Knowledge {
  directory: DirectoryTrust | null;
  requiresProof: boolean;
  proven?: readonly ProvenPerson[];
}

const knowsNoKeystore: Knowledge = { directory: null, requiresProof: false };

type Latest = { [N in CallCryptoEventName]?: CallCryptoEvents[N] };

/** One leaf: a person with a running worker, and the latest of each event that it told. */
export interface Client {
  who: Person;
  crypto: CallCrypto;
  latest: Latest;
  heard: { [N in CallCryptoEventName]: CallCryptoEvents[N][] };
}

/** One visit of one clinic, and the workers that were started in it. */
export class Visit {
  readonly clinic: Clinic;
  readonly id = visitId.parse(randomId(16));
  readonly #running: CallCrypto[] = [];

  readonly #mechanism: Mechanism;

  private constructor(clinic: Clinic, mechanism: Mechanism) {
    this.clinic = clinic;
    this.#mechanism = mechanism;
  }

  static async open(mechanism: Mechanism = mechanisms.scriptTransform): Promise<Visit> {
    return new Visit(await Clinic.open(), mechanism);
  }

  /** A worker that has no credential yet, and knows the keystore of `knows`. */
  async start(who: Person, knows: Knowledge = knowsNoKeystore): Promise<Client> {
    const started = await CallCrypto.start({
      clinicId: this.clinic.id,
      visitId: this.id,
      identityKeys: [this.clinic.identityKey],
      directory: knows.directory,
      requiresProof: knows.requiresProof,
      proven: knows.proven ?? [],
      mechanism: this.#mechanism,
    });
    this.#running.push(started);
    const heard: Client['heard'] = {
      members: [],
      epoch: [],
      tracks: [],
      comparison: [],
      comparisonDue: [],
      commitRefused: [],
      credentialRefused: [],
      endings: [],
      chat: [],
      chatDelivery: [],
      chatDue: [],
      recording: [],
      recordingDue: [],
      trouble: [],
      needKeyFrame: [],
      sealing: [],
      attached: [],
      flowing: [],
      dead: [],
    };
    const latest: Latest = {};
    for (const name of Object.keys(heard) as CallCryptoEventName[]) {
      started.on(name, (message) => {
        Object.assign(latest, { [name]: message });
        (heard[name] as unknown[]).push(message);
      });
    }
    return { who, crypto: started, latest, heard };
  }

  /**
   * As `start`, and authorized.
   *
   * @param by whose passkey signs for the leaf
   */
  async enter(
    who: Person,
    changes: Record<string, unknown> = {},
    knows = knowsNoKeystore,
    by: SoftClinician | null = null,
  ): Promise<Client> {
    const client = await this.start(who, knows);
    const { leaf } = client.crypto;
    const proof = by === null ? null : await by.prove(this.id, leaf);
    const outcome = await client.crypto.authorize(await this.clinic.grant(this.id, who, leaf, changes), proof);
    if (outcome.tag !== 'authorized') throw new Error(outcome.reason);
    return client;
  }

  async close(): Promise<void> {
    await Promise.all(this.#running.splice(0).map((running) => running.close()));
  }
}

export interface JoinRequest {
  participantId: ReturnType<typeof participantId.parse>;
  leaf: LeafThumbprint;
  role: Role;
  session: SessionId;
  keyPackage: Uint8Array<ArrayBuffer>;
}

export const joinRequest = async ({ who, crypto: own }: Client): Promise<JoinRequest> => ({
  participantId: participantId.parse(who.participantId),
  leaf: own.leaf,
  role: who.role,
  session: sessionId.parse(who.session),
  keyPackage: await own.keyPackage(),
});

export const leafOf = ({
  who,
  crypto: own,
}: Client): { participantId: JoinRequest['participantId']; leaf: LeafThumbprint } => ({
  participantId: participantId.parse(who.participantId),
  leaf: own.leaf,
});

/** The pending commit of a proposal that has to be one. */
export function pending(proposal: Awaited<ReturnType<CallCrypto['add']>>): PendingCommit {
  if (proposal.tag !== 'pending') throw new Error(JSON.stringify(proposal));
  return proposal.commit;
}

/** What signaling does with an accepted commit: the committer hears so, the members get it, the new ones a Welcome. */
export async function deliver(
  by: Client,
  commit: PendingCommit,
  members: Client[],
  joiners: Client[],
  incarnation = 1,
) {
  await by.crypto.commitAccepted();
  const { groupId, epoch } = commit;
  const from = participantId.parse(by.who.participantId);
  const processed = await Promise.all(
    members.map((member) => member.crypto.processCommit({ groupId, epoch, from, commit: commit.commit })),
  );
  const joined = await Promise.all(
    joiners.map(async (joiner) => {
      const welcome = commit.welcomes.find(({ leaf }) => leaf === joiner.crypto.leaf)?.welcome;
      if (welcome === undefined) throw new Error('no Welcome');
      return joiner.crypto.joinWelcome({ groupId, incarnation, epoch: epoch + 1, welcome });
    }),
  );
  return { processed, joined };
}

/** A visit with a physician who has let a patient in. */
export async function visitOfTwo(mechanism?: Mechanism): Promise<{ visit: Visit; physician: Client; patient: Client }> {
  const visit = await Visit.open(mechanism);
  const physician = await visit.enter(person('physician', 'Dr Ada Quist'));
  const patient = await visit.enter(person('patient', 'Noor Vale'));
  await physician.crypto.createGroup(1);
  const commit = pending(await physician.crypto.add([await joinRequest(patient)]));
  await deliver(physician, commit, [], [patient]);
  return { visit, physician, patient };
}
