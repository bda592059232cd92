import { formatProvenEntry } from '@sotto/audit';
import type { ObjectId } from '@sotto/protocol/ids';
import type { RegistrationStatement, ReleaseRequest } from '@sotto/protocol/keystore';
import type { Transaction } from '@sotto/service/postgres';
import { type Bytes, fromBase64url, toBase64url } from '../bytes.ts';
import { LogStopped, ReleaseStopped } from '../errors.ts';
import type { StoredObject } from '../keys/objectKeys.ts';
import { isSameRequest, type RecordedRequest } from '../requestLedger.ts';
import { type Judgement, judge } from './judgement.ts';
import { entriesOf, noticesOf } from './record.ts';
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
export type Refusal =
  | 'nonce'
  | 'expired'
  | 'assertion'
  | 'revoked'
  | 'notYet'
  | 'unknownObject'
  | 'restricted'
  | 'contained'
  | 'denied'
  | 'conflict';

export type ReleaseOutcome =
  | { readonly tag: 'released'; readonly isWitnessed: boolean; readonly keys: readonly ReleasedKey[] }
  | { readonly tag: 'refused'; readonly code: Refusal; readonly reasons: readonly string[] };

/** How long after it was recorded a request may be asked again. */
const repeatableMs = 15 * 60_000;
/** How long routine releases go on without a witness. */
const witnessGraceMs = 15 * 60_000;

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
    if (known) return this.#goOn(request, requestHash, known);
    const at = now();
    // 2 to 4
    const judgement = await judge(this.#ports, call, requestHash, at);
    // 5
    const recorded = await requests.record({
      id: request.id,
      hash: requestHash,
      subject: request.user,
      nonce: request.nonce,
      signedBy: judgement.signedBy,
      releases: judgement.objects,
      refusal: judgement.refusal,
      at,
      entries: (refusal) => entriesOf(call, requestHash, judgement, refusal, at),
      notices: (refusal, firstIndex) => noticesOf(call.request, judgement, refusal, firstIndex, at),
      ...(judgement.contained.length === 0 ? {} : { apply: this.#holdBack(request, judgement, at) }),
    });
    return this.#goOn(request, requestHash, recorded);
  }

  /** Counts what who is contained opens, when nobody else records. */
  #holdBack({ breakGlass }: ReleaseRequest, { contained, objects }: Judgement, at: Date) {
    const patients = [...new Set(objects.map(({ pseudonym }) => pseudonym))];
    const opening = { people: contained, isEmergency: breakGlass !== null, patients, at };
    return async (transaction: Transaction): Promise<string | null> => {
      const by = await this.#ports.containments.heldBack(transaction, opening);
      return by === null ? null : `contained:${by}`;
    };
  }

  /** From step 6 on: what was recorded takes its course, now or when it's asked again. */
  async #goOn(request: ReleaseRequest, requestHash: Bytes, recorded: RecordedRequest): Promise<ReleaseOutcome> {
    const { log, keys, now, requests } = this.#ports;
    if (!isSameRequest(recorded, requestHash)) return { tag: 'refused', code: 'conflict', reasons: [] };
    // 6 and 8
    const { isWitnessed } = await log.cover();
    if (recorded.refusal !== null) return refusalOf(recorded.refusal);
    if (now().getTime() - recorded.recordedAt.getTime() > repeatableMs) {
      return { tag: 'refused', code: 'expired', reasons: [] };
    }
    if (!isWitnessed && request.breakGlass === null) await this.#requireRecentWitness();
    // Again: what was shredded since it was decided isn't released.
    const objects = await keys.find(request.objects);
    if (objects.length < request.objects.length) return { tag: 'refused', code: 'unknownObject', reasons: [] };
    const refuse = async () => {
      await log.cover();
      return refusalOf('restricted');
    };
    if (!isWitnessed) {
      // Nobody is told of what isn't released.
      if (await requests.isRestrictedSince(recorded, request, objects)) return refuse();
      const { pseudonym } = objects[0] ?? { pseudonym: null };
      const { recordedAt: at, firstIndex: index } = recorded;
      await this.#ports.notices.keep({ kind: 'unwitnessed', subject: null, pseudonym, index, at });
    }
    const proven = await Promise.all(
      objects.map(async (object) => {
        const proof = await this.#prove(object, recorded.firstIndex + request.objects.indexOf(object.object));
        return { object, proof };
      }),
    );
    // Right before the keys are touched: whoever restricts after this look comes after this release.
    if (await requests.isRestrictedSince(recorded, request, objects)) return refuse();
    const released = await Promise.all(
      proven.map(({ object, proof }) => this.#releaseOne(object, request, requestHash, proof)),
    );
    // 11
    return { tag: 'released', isWitnessed, keys: released.sort((a, b) => (a.object < b.object ? -1 : 1)) };
  }

  async #requireRecentWitness(): Promise<void> {
    const { log, now } = this.#ports;
    const since = await log.unwitnessedSince();
    if (since !== null && now().getTime() - since.getTime() > witnessGraceMs) throw new ReleaseStopped('witnessGone');
  }

  /** Its entry with proof: one that can't be proven is no entry. */
  async #prove(object: StoredObject, index: number): Promise<string> {
    const { log, keys } = this.#ports;
    if (object.registration === null && (await keys.wasRegistered(object))) throw new LogStopped('damaged');
    return formatProvenEntry(await log.prove(index));
  }

  async #releaseOne(
    object: StoredObject,
    request: ReleaseRequest,
    requestHash: Bytes,
    proof: string,
  ): Promise<ReleasedKey> {
    const { registration } = object;
    // 9
    const seed = await this.#ports.keys.open(object);
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

const codes: Record<string, Refusal | undefined> = {
  nonce: 'nonce',
  expired: 'expired',
  assertion: 'assertion',
  revoked: 'revoked',
  notYet: 'notYet',
  unknownObject: 'unknownObject',
  restricted: 'restricted',
  contained: 'contained',
  denied: 'denied',
};

function refusalOf(recorded: string): ReleaseOutcome {
  const [code = '', reasons = ''] = recorded.split(':', 2);
  return { tag: 'refused', code: codes[code] ?? 'denied', reasons: reasons === '' ? [] : reasons.split(',') };
}
