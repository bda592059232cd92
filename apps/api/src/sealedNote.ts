import type { ClinicId, ObjectId, PatientId, VisitId } from '@sotto/protocol/ids';
import type { SealedUpload } from '@sotto/protocol/records';
import {
  bytesSource,
  checkManifest,
  fileLength,
  inspectManifest,
  type TrustedSigner,
  VaultError,
  verifyObject,
} from '@sotto/vault';

/** A note as it is stored. */
export interface SealedNote {
  readonly manifest: Uint8Array<ArrayBuffer>;
  readonly run: Uint8Array<ArrayBuffer>;
}

/** What a note's manifest must be about. */
export interface NotePlace {
  readonly clinic: ClinicId;
  readonly pseudonym: PatientId;
  readonly visit: VisitId;
  readonly object: ObjectId;
}

/** @returns null unless it is the one spelling of these bytes (RFC 4648 section 3.5) */
function decode(text: string): Uint8Array<ArrayBuffer> | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? new Uint8Array(bytes) : null;
}

/** A note whose manifest is about the right object, and with what key that says it was signed. */
export interface ParsedNote extends SealedNote {
  readonly publicKey: Uint8Array<ArrayBuffer>;
}

/**
 * A note with one run of the length that its manifest says, about this very object. Who signed, and whether rightly, is
 * `isSealedBy`'s to check.
 *
 * @returns null if it is anything else
 */
export async function parseNote(upload: SealedUpload, place: NotePlace): Promise<ParsedNote | null> {
  const [manifest, run] = [decode(upload.manifest), decode(upload.run)];
  if (!manifest || !run) return null;
  try {
    const { context, runs, head, byteLength, publicKey } = await inspectManifest(manifest);
    const [only, ...others] = runs;
    const isAbout =
      context.clinic === place.clinic &&
      context.pseudonym === place.pseudonym &&
      context.visit === place.visit &&
      context.object === place.object &&
      context.kind === 'note';
    const isWhole = byteLength === manifest.byteLength && only !== undefined && fileLength(only) === run.byteLength;
    return isAbout && isWhole && others.length === 0 && head === null ? { manifest, run, publicKey } : null;
  } catch (fault) {
    if (fault instanceof VaultError) return null;
    throw fault;
  }
}

/** Whether this key has signed a note about this very object, and each byte of its ciphertext is what it has signed. */
export async function isSealedBy(
  signer: TrustedSigner,
  { manifest, run }: SealedNote,
  place: NotePlace,
): Promise<boolean> {
  const context = { ...place, kind: 'note', track: 0, consent: null } as const;
  try {
    const checked = await checkManifest(manifest, { signer, context, hash: null });
    await verifyObject(checked, { runs: [bytesSource(run)], head: null });
    return true;
  } catch (fault) {
    if (fault instanceof VaultError) return false;
    throw fault;
  }
}
