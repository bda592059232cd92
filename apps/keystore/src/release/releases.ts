import { formatProvenEntry } from '@sotto/audit';
import type { ObjectId } from '@sotto/protocol/ids';
import type { CodeAssertion, PasskeyAssertion, RegistrationStatement, ReleaseRequest } from '@sotto/protocol/keystore';
import { type Bytes, fromBase64url, sha256, toBase64url, utf8 } from '../bytes.ts';
import { officerRole } from '../directory/clinician.ts';
import { LogStopped, ReleaseStopped } from '../errors.ts';
import type { StoredObject } from '../keys/objectKeys.ts';
import { entryOf } from '../log/entry.ts';
import { type Decision, isSameRequest, type RecordedRequest, type SignedBy } from '../requestLedger.ts';
import { verifyAssertion } from '../webauthn/assertion.ts';
import { askPolicy, type Viewer } from './policy.ts';
import type { ReleasePorts } from './releasePorts.ts';
import { hashRequest, type ReleaseCall } from './releaseRequest.ts';

/** One object's key, for the viewer alone. */
interface ReleasedKey {
  readonly object: ObjectId;
  /** HPKE's encapsulated key and ciphertext, base64url. */
  readonly enc: string;
  readonly sealed: string;
  /** The entry with its proof, as `parseProvenEntry` (packages/audit) takes it. */
  readonly proof: string;
  /** What was handed in for it; null if nothing was. */
  readonly registration: RegistrationStatement | null;
}

/** Why a release was refused, by the step that refused. All but `conflict` are on record. */
export type Refusal = 'nonce' | 'expired' | 'assertion' | 'revoked' | 'unknownObject' | 'denied' | 'conflict';

export type ReleaseOutcome =
  | { readonly tag: 'released'; readonly isWitnessed: boolean; readonly keys: readonly ReleasedKey[] }
  | { readonly tag: 'refused'; readonly code: Refusal; readonly reasons: readonly string[] };

/** How far ahead an expiry may lie, and how long after it was recorded a request may be asked again. */
const longestExpiryMs = 5 * 60_000;
const repeatableMs = 15 * 60_000;
/** How long routine releases go on without a witness. */
const witnessGraceMs = 15 * 60_000;

/** Roles whose holders may sign for another's release. */
const approvers: readonly string[] = ['physician', 'nurse', officerRole];

interface Signer {
  readonly person: Viewer;
  readonly isRevoked: boolean;
  readonly signedBy: SignedBy;
}

interface Judgement {
  /** `code` or `code:reason,reason`; null if it may be. */
  readonly refusal: string | null;
  readonly signedBy: Decision['signedBy'];
  /** The role that is registered; null until the signature has been found valid. */
  readonly role: string | null;
  readonly objects: readonly StoredObject[];
}

/** Releases keys, in the order of SPEC.md section 5 and in no other. */
export class Releases {
  readonly #ports: ReleasePorts;

  constructor(ports: ReleasePorts) {
    this.#ports = ports;
  }

  /**
   * @param call parsed; the assertion is over its request
   * @throws ReleaseStopped, LogStopped, MasterKeyError or the driver's error: nothing was released, and the same call may
   *   be made again
   */
  async release(call: ReleaseCall): Promise<ReleaseOutcome> {
    const { request } = call;
    const { requests, now } = this.#ports;
    const requestHash = hashRequest(request);
    // 1
    const known = await requests.find(request.id);
    if (known) return this.#goOn(request, requestHash, known, null);
    const at = now();
    // 2 to 4
    const judgement = await this.#judge(call, requestHash, at);
    // 5
    const recorded = await requests.record({
      id: request.id,
      hash: requestHash,
      subject: request.user,
      nonce: request.nonce,
      signedBy: judgement.signedBy,
      refusal: judgement.refusal,
      at,
      entries: (refusal) => entriesOf(call, requestHash, judgement, refusal, at),
    });
    return this.#goOn(request, requestHash, recorded, judgement.objects);
  }

  async #judge(
    { request, assertion, approval, relayed }: ReleaseCall,
    requestHash: Bytes,
    at: Date,
  ): Promise<Judgement> {
    const { clinic, nonces, keys, policy } = this.#ports;
    const [objects, isAlive, viewer, approver] = await Promise.all([
      keys.find(request.objects),
      nonces.isAlive(request.nonce, request.user, at),
      this.#signer(assertion, requestHash),
      approval === null ? null : this.#signer(approval, requestHash),
    ]);
    const refuse = (refusal: string, passed: Partial<Judgement> = {}): Judgement => ({
      ...{ refusal, signedBy: [], role: null, objects },
      ...passed,
    });
    const expiresInMs = Date.parse(request.expiry) - at.getTime();
    if (expiresInMs <= 0 || expiresInMs > longestExpiryMs) return refuse('expired');
    if (!isAlive) return refuse('nonce');
    if (viewer?.person.subject !== request.user || request.clinic !== clinic) return refuse('assertion');
    if (viewer.isRevoked) return refuse('revoked');
    const { role } = viewer.person;
    if (request.approver !== null) {
      const isAnother = approver?.person.subject === request.approver && request.approver !== request.user;
      if (!isAnother || !approvers.includes(approver.person.role)) return refuse('assertion');
      if (approver.isRevoked) return refuse('revoked');
    }
    const passed = { signedBy: [viewer.signedBy, ...(approver === null ? [] : [approver.signedBy])], role };
    if (request.approver === null && this.#wantsTwo(request)) return refuse('denied:twoApprovers', passed);

    if (objects.length < request.objects.length) return refuse('unknownObject', passed);
    const answer = await askPolicy(policy, {
      user: viewer.person,
      objects: objects.map(({ object, pseudonym, visit }) => ({ object, pseudonym, visit })),
      ...{ purpose: request.purpose, breakGlass: request.breakGlass, at },
      ...{ address: relayed.address, related: relayed.related },
    });
    if (answer.tag === 'permit') return { refusal: null, ...passed, objects };
    return refuse(`denied:${answer.reasons.join(',')}`, passed);
  }

  /** Whose passkey signed the request; null if none that is registered here did. */
  async #signer(assertion: PasskeyAssertion | CodeAssertion, challenge: Bytes): Promise<Signer | null> {
    const { directory, party } = this.#ports;
    if (!('authenticatorData' in assertion)) return null;
    const clinician = await directory.find(assertion.credential);
    if (clinician === null) return null;
    const verdict = verifyAssertion(assertion, { challenge, party, key: clinician });
    if (verdict.tag === 'invalid') return null;
    const { entry, isRevoked } = clinician;
    const signedBy = { credential: assertion.credential, counter: verdict.counter };
    return { person: { kind: 'staff', subject: entry.subject, role: entry.role }, isRevoked, signedBy };
  }

  #wantsTwo({ breakGlass }: ReleaseRequest): boolean {
    const { twoApprovers } = this.#ports;
    return twoApprovers === 'all' || (twoApprovers === 'breakGlass' && breakGlass !== null);
  }

  /**
   * From step 6 on: what was recorded takes its course, now or when it's asked again.
   *
   * @param found the objects, if they were looked up just now
   */
  async #goOn(
    request: ReleaseRequest,
    requestHash: Bytes,
    recorded: RecordedRequest,
    found: readonly StoredObject[] | null,
  ): Promise<ReleaseOutcome> {
    const { log, keys, now } = this.#ports;
    if (!isSameRequest(recorded, requestHash)) return { tag: 'refused', code: 'conflict', reasons: [] };
    // 6 and 8
    const { isWitnessed } = await log.cover();
    if (recorded.refusal !== null) return refusalOf(recorded.refusal);
    if (now().getTime() - recorded.recordedAt.getTime() > repeatableMs) {
      return { tag: 'refused', code: 'expired', reasons: [] };
    }
    if (!isWitnessed && request.breakGlass === null) await this.#requireRecentWitness();
    const objects = found ?? (await keys.find(request.objects));
    // Shredded since it was decided.
    if (objects.length < request.objects.length) return { tag: 'refused', code: 'unknownObject', reasons: [] };
    const released = await Promise.all(
      objects.map((object) =>
        this.#releaseOne(object, request, requestHash, recorded.firstIndex + request.objects.indexOf(object.object)),
      ),
    );
    // 11
    return { tag: 'released', isWitnessed, keys: released.sort((a, b) => (a.object < b.object ? -1 : 1)) };
  }

  async #requireRecentWitness(): Promise<void> {
    const { log, now } = this.#ports;
    const since = await log.unwitnessedSince();
    if (since !== null && now().getTime() - since.getTime() > witnessGraceMs) throw new ReleaseStopped('witnessGone');
  }

  async #releaseOne(
    object: StoredObject,
    request: ReleaseRequest,
    requestHash: Bytes,
    index: number,
  ): Promise<ReleasedKey> {
    const { log, keys } = this.#ports;
    const { registration } = object;
    if (registration === null && (await keys.wasRegistered(object))) throw new LogStopped('damaged');
    // Before the key is touched: an entry that can't be proven is no entry.
    const proof = formatProvenEntry(await log.prove(index));
    // 9
    const seed = await keys.open(object);
    try {
      // 10
      const viewerKey = fromBase64url(request.viewerKey);
      const { enc, ciphertext } = await this.#ports.seal(seed, { viewerKey, requestHash, object: object.object });
      return { object: object.object, enc: toBase64url(enc), sealed: toBase64url(ciphertext), proof, registration };
    } finally {
      seed.fill(0);
    }
  }
}

/** One entry an object; about the request where no object is known, or it isn't known who asks. */
function entriesOf(
  { request, relayed }: ReleaseCall,
  requestHash: Bytes,
  { role, objects }: Judgement,
  refusal: string | null,
  at: Date,
) {
  const common = {
    actor: role === null ? 'unverified' : [request.user, request.approver].filter((id) => id !== null).join('+'),
    role: role ?? 'unverified',
    action: 'object.release',
    purpose: request.breakGlass === null ? request.purpose : `${request.purpose}:${request.breakGlass}`,
    ...{ address: relayed.address, userAgent: relayed.userAgent, session: request.id },
    before: refusal === null ? null : toBase64url(sha256(utf8(refusal))),
    after: toBase64url(requestHash),
    outcome: refusal === null ? ('allowed' as const) : ('refused' as const),
  };
  const byId = new Map(objects.map((object) => [object.object, object]));
  const known = role === null ? [] : request.objects.flatMap((id) => byId.get(id) ?? []);
  // Strangers don't get to write into patients' histories.
  if (known.length === 0) return [entryOf(at, { ...common, resource: `request:${request.id}` })];
  return known.map(({ object, pseudonym }) =>
    entryOf(at, { ...common, resource: `object:${object}`, patient: pseudonym }),
  );
}

const codes: Record<string, Refusal | undefined> = {
  nonce: 'nonce',
  expired: 'expired',
  assertion: 'assertion',
  revoked: 'revoked',
  unknownObject: 'unknownObject',
  denied: 'denied',
};

function refusalOf(recorded: string): ReleaseOutcome {
  const [code = '', reasons = ''] = recorded.split(':', 2);
  return { tag: 'refused', code: codes[code] ?? 'denied', reasons: reasons === '' ? [] : reasons.split(',') };
}
