import { challengeLabels, type RegistrationStatement } from '@sotto/protocol/keystore';
import {
  bytesSource,
  type CheckedManifest,
  checkManifest,
  hash,
  inspectManifest,
  openObject,
  unwrapDataKey,
  VaultError,
} from '@sotto/vault';
import { type Bytes, fromBase64url, toBase64url } from '../keystore/bytes.ts';
import { challengeOf } from '../keystore/challenge.ts';
import { EvidenceFault } from '../keystore/errors.ts';
import { logTrustOf, requireEntry } from '../keystore/logTrust.ts';
import { isSigned } from '../keystore/statements.ts';
import type { OpeningChecks, OpenOrder } from './messages.ts';
import { openReleasedSeed } from './releasedSeed.ts';

/** The viewer's own key pair, made for this one request. */
export interface ViewerKeys {
  readonly publicKey: Bytes;
  readonly privateKey: Bytes;
}

/**
 * Opens a note with what the keystore released, after everything about it has been checked: that the answer is to this
 * request, that the opening stands in the log, who signed, and that these are the bytes that were registered.
 *
 * @param origin of the pages on which notes are signed
 * @throws EvidenceFault that says what didn't check; then nothing of the text is returned
 */
export async function openNote(
  order: OpenOrder,
  viewer: ViewerKeys,
  origin: string,
): Promise<{ text: string; checks: OpeningChecks }> {
  const { request, answer, object, pins } = order;
  const isOurs =
    request.viewerKey === toBase64url(viewer.publicKey) &&
    request.objects.includes(object) &&
    request.clinic === pins.clinic;
  const key = answer.keys.find((one) => one.object === object);
  if (!isOurs || key === undefined) throw new EvidenceFault('request');
  const requestHash = await challengeOf(challengeLabels.release, request);
  const { index, witnessedAt } = await requireEntry(key.proof, logTrustOf(pins), {
    action: 'object.release',
    resource: `object:${object}`,
    session: request.id,
    after: toBase64url(requestHash),
  });
  const registration = await checkRegistration(order, key.registration);
  const manifest = await checkWriter(order, registration, origin);
  const seed = await openReleasedSeed(key, viewer.privateKey, requestHash);
  try {
    const text = await readText(manifest, order.run, seed);
    const { writer, registeredAt } = registration;
    const { sealedAt } = manifest;
    const { isWitnessed } = answer;
    return { text, checks: { writer, sealedAt, registeredAt, index, witnessedAt, isWitnessed } };
  } finally {
    seed.fill(0);
  }
}

type Registration = RegistrationStatement['payload'];

async function checkRegistration(
  { object, visit, pins }: OpenOrder,
  registration: RegistrationStatement | null,
): Promise<Registration> {
  if (registration === null || !(await isSigned(registration, pins.statementKey))) throw new EvidenceFault('statement');
  const { payload } = registration;
  const isIt =
    payload.clinic === pins.clinic &&
    payload.object === object &&
    payload.kind === 'note' &&
    (visit === null || payload.visit === visit);
  if (!isIt) throw new EvidenceFault('statement');
  return payload;
}

/** The manifest by the very passkey that the directory has for the registered writer. */
async function checkWriter(
  { manifest, writers, pins }: OpenOrder,
  { clinic, pseudonym, visit, object, writer, manifest: registered, registeredAt }: Registration,
  origin: string,
): Promise<CheckedManifest> {
  const bytes = fromBase64url(manifest);
  if (bytes === null) throw new EvidenceFault('manifest');
  try {
    const signedBy = toBase64url((await inspectManifest(bytes)).publicKey);
    const at = Date.parse(registeredAt);
    const passkey = writers.find(
      (one) =>
        one.subject === writer &&
        one.publicKey === signedBy &&
        Date.parse(one.enrolledAt) <= at &&
        (one.revokedAt === null || Date.parse(one.revokedAt) >= at),
    );
    const publicKey = passkey === undefined ? null : fromBase64url(passkey.publicKey);
    if (publicKey === null) throw new EvidenceFault('writer');
    return await checkManifest(bytes, {
      signer: { algorithm: 'WebAuthn', publicKey, rpId: pins.rpId, origins: [origin] },
      context: { clinic, pseudonym, visit, object, kind: 'note', track: 0, consent: null },
      hash: hash.parse(registered),
    });
  } catch (error) {
    if (error instanceof VaultError) throw new EvidenceFault('manifest');
    throw error;
  }
}

async function readText(manifest: CheckedManifest, run: string, seed: Bytes): Promise<string> {
  const bytes = fromBase64url(run);
  if (bytes === null) throw new EvidenceFault('content');
  try {
    const sources = { runs: [bytesSource(bytes)], head: null };
    const reader = await openObject(manifest, sources, (header) => unwrapDataKey(header, seed));
    const plaintext = await reader.read(0, reader.length);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(plaintext);
    } finally {
      plaintext.fill(0);
    }
  } catch {
    throw new EvidenceFault('content');
  }
}
