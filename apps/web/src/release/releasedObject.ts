import { challengeLabels, type RegistrationStatement, releaseActions } from '@sotto/protocol/keystore';
import { type Bytes, toBase64url } from '../keystore/bytes.ts';
import { challengeOf } from '../keystore/challenge.ts';
import { EvidenceFault } from '../keystore/errors.ts';
import { logTrustOf, requireEntry } from '../keystore/logTrust.ts';
import { isSigned } from '../keystore/statements.ts';
import type { OpenOrder } from './messages.ts';
import { openReleasedSeed } from './releasedSeed.ts';

/** The viewer's own key pair, made for this one request. */
export interface ViewerKeys {
  readonly publicKey: Bytes;
  readonly privateKey: Bytes;
}

export type Registration = RegistrationStatement['payload'];

/** One object of a release, to be checked. */
export type ReleasedOrder = Pick<OpenOrder, 'request' | 'answer' | 'object' | 'visit' | 'pins'> & {
  readonly kind: 'note' | 'recording';
};

export interface CheckedRelease {
  readonly registration: Registration;
  /** Place of the opening in the log. */
  readonly index: number;
  /** Unix seconds; null when the witness hasn't cosigned. */
  readonly witnessedAt: number | null;
  /** The object's seed, which the caller wipes. @throws EvidenceFault `request` */
  readonly openSeed: () => Promise<Bytes>;
}

/**
 * Checks what the keystore answered about one object: that the answer is to this request, that the opening stands in the
 * log, and that the object was registered as what it's taken for.
 *
 * @throws EvidenceFault that says what didn't check
 */
export async function checkRelease(order: ReleasedOrder, viewer: ViewerKeys): Promise<CheckedRelease> {
  const { request, answer, object, pins } = order;
  const isOurs =
    request.viewerKey === toBase64url(viewer.publicKey) &&
    request.objects.includes(object) &&
    request.clinic === pins.clinic;
  const key = answer.keys.find((one) => one.object === object);
  if (!isOurs || key === undefined) throw new EvidenceFault('request');
  const requestHash = await challengeOf(challengeLabels.release, request);
  const { index, witnessedAt } = await requireEntry(key.proof, logTrustOf(pins), {
    action: releaseActions[request.use],
    resource: `object:${object}`,
    session: request.id,
    after: toBase64url(requestHash),
  });
  const registration = await checkRegistration(order, key.registration);
  return { registration, index, witnessedAt, openSeed: () => openReleasedSeed(key, viewer.privateKey, requestHash) };
}

async function checkRegistration(
  { object, visit, pins, kind }: ReleasedOrder,
  registration: RegistrationStatement | null,
): Promise<Registration> {
  if (registration === null || !(await isSigned(registration, pins.statementKey))) throw new EvidenceFault('statement');
  const { payload } = registration;
  const isIt =
    payload.clinic === pins.clinic &&
    payload.object === object &&
    payload.kind === kind &&
    (visit === null || payload.visit === visit);
  if (!isIt) throw new EvidenceFault('statement');
  return payload;
}
