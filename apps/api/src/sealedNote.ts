import type { ClinicId, ObjectId, PatientId, VisitId } from '@sotto/protocol/ids';
import type { SealedUpload } from '@sotto/protocol/records';
import { fileLength, inspectManifest, VaultError } from '@sotto/vault';

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

/**
 * A note with one run of the length that its manifest says, about this very object. Who signed, and whether rightly, is
 * the keystore's to check.
 *
 * @returns null if it is anything else
 */
export async function parseNote(upload: SealedUpload, place: NotePlace): Promise<SealedNote | null> {
  const [manifest, run] = [decode(upload.manifest), decode(upload.run)];
  if (!manifest || !run) return null;
  try {
    const { context, runs, head, byteLength } = await inspectManifest(manifest);
    const [only, ...others] = runs;
    const isAbout =
      context.clinic === place.clinic &&
      context.pseudonym === place.pseudonym &&
      context.visit === place.visit &&
      context.object === place.object &&
      context.kind === 'note';
    const isWhole = byteLength === manifest.byteLength && only !== undefined && fileLength(only) === run.byteLength;
    return isAbout && isWhole && others.length === 0 && head === null ? { manifest, run } : null;
  } catch (fault) {
    if (fault instanceof VaultError) return null;
    throw fault;
  }
}
