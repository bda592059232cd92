import type { StaffId, VisitId } from '@sotto/protocol/ids';
import type { SealedUpload } from '@sotto/protocol/records';
import {
  inspectManifest,
  type ObjectContext,
  PortError,
  passkeySigner,
  type RunRecord,
  sealBytes,
  signManifest,
} from '@sotto/vault';
import { instantOf } from '../keystore/acts.ts';
import { type Bytes, fromBase64url, toBase64url, utf8 } from '../keystore/bytes.ts';
import type { ClinicianPayload } from '../keystore/directory.ts';
import { EvidenceFault } from '../keystore/errors.ts';
import { storeObject } from '../keystore/keystoreApi.ts';
import { newObjectKey } from '../keystore/objectKey.ts';
import { signWithPasskey } from '../keystore/passkey.ts';
import type { Pins } from '../keystore/pins.ts';
import { type Registered, requireRegistered } from '../keystore/registered.ts';

/** A note under its seal, not signed yet. It can't be opened here again. */
export interface SealedNote {
  readonly context: ObjectContext;
  readonly file: Bytes;
  readonly record: RunRecord;
}

/** A note that only has to be stored: the same bytes, however often that takes. */
export interface SignedNote {
  readonly context: ObjectContext;
  readonly upload: SealedUpload;
  readonly manifestHash: string;
}

/**
 * Asks for a new object's key and seals the text to it.
 * @throws KeystoreFault, ClinicFault, EvidenceFault
 */
export async function sealNote(text: string, visit: VisitId, pins: Pins): Promise<SealedNote> {
  const { clinic, pseudonym, object, publicKey } = await newObjectKey(visit, pins);
  const key = fromBase64url(publicKey);
  if (key === null) throw new EvidenceFault('statement');
  const context: ObjectContext = { clinic, pseudonym, visit, object, kind: 'note', track: 0, consent: null };
  const sealed = await sealBytes(
    { context: { object: context, part: 'body', run: 0 }, publicKey: key, previous: null },
    utf8(text),
  );
  return { context, file: sealed.file, record: sealed.record };
}

/**
 * Asks the person to sign for the sealed note.
 * @throws PasskeyFault, EvidenceFault
 */
export async function signNote(
  { context, file, record }: SealedNote,
  { credential, publicKey }: Pick<ClinicianPayload, 'credential' | 'publicKey'>,
  pins: Pins,
): Promise<SignedNote> {
  const point = fromBase64url(publicKey);
  if (point === null) throw new EvidenceFault('statement');
  const signer = passkeySigner(
    { publicKey: point, rpId: pins.rpId, origins: [window.location.origin] },
    (challenge: Bytes) => signWithPasskey(pins.rpId, [credential], challenge),
  );
  const said = { context, roster: null, sealedAt: instantOf(new Date()), runs: [record], head: null };
  const manifest = await signManifest(said, signer).catch((error: unknown) => {
    // The passkey's own fault is what the person can do something about.
    throw error instanceof PortError && error.cause instanceof Error ? error.cause : new EvidenceFault('manifest');
  });
  return {
    context,
    upload: { manifest: toBase64url(manifest), run: toBase64url(file) },
    manifestHash: (await inspectManifest(manifest)).hash,
  };
}

/**
 * Stores and registers a signed note. May be done again after an error: the same bytes get the same answer.
 * @throws KeystoreFault, ClinicFault, EvidenceFault
 */
export async function storeNote(
  { context, upload, manifestHash }: SignedNote,
  writer: StaffId,
  pins: Pins,
): Promise<Registered> {
  const answer = await storeObject(context.object, upload);
  return requireRegistered(answer, { context, hash: manifestHash, writer }, pins);
}
