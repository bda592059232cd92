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
import { EvidenceFault } from '../keystore/errors.ts';
import type { OpeningChecks, OpenOrder } from './messages.ts';
import { checkRelease, type Registration, type ViewerKeys } from './releasedObject.ts';

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
  const { registration, index, witnessedAt, openSeed } = await checkRelease({ ...order, kind: 'note' }, viewer);
  const manifest = await checkWriter(order, registration, origin);
  const seed = await openSeed();
  try {
    const text = await readText(manifest, order.run, seed);
    const { writer, registeredAt } = registration;
    const { sealedAt } = manifest;
    const { isWitnessed } = order.answer;
    return { text, checks: { writer, sealedAt, registeredAt, index, witnessedAt, isWitnessed } };
  } finally {
    seed.fill(0);
  }
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
