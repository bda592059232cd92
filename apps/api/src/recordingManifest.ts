import { createHash } from 'node:crypto';
import { type ConsentEvidence, termsOctets } from '@sotto/protocol/consent';
import type { PartList } from '@sotto/protocol/recordings';
import { checkManifest, fileLength, inspectManifest, type ParsedManifest, VaultError } from '@sotto/vault';
import type { NotePlace } from './sealedNote.ts';

/** A recording's manifest, and what it says. */
export interface RecordingManifest {
  readonly octets: Uint8Array<ArrayBuffer>;
  readonly parsed: ParsedManifest;
}

/**
 * A recording's manifest about this very object, visit and consent, signed by the recorder's key of which the consents speak. Whose
 * key that is, and whether everybody consented, is the keystore's to check.
 *
 * @returns null if it is anything else
 */
export async function parseRecording(
  text: string,
  { terms, tracks }: ConsentEvidence,
  place: NotePlace,
): Promise<RecordingManifest | null> {
  const decoded = Buffer.from(text, 'base64url');
  if (decoded.toString('base64url') !== text) return null;
  const octets = new Uint8Array(decoded);
  try {
    const parsed = await inspectManifest(octets);
    const { context } = parsed;
    const consent = createHash('sha256').update(termsOctets(terms)).digest('base64url');
    const isAbout =
      context.clinic === place.clinic &&
      context.pseudonym === place.pseudonym &&
      context.visit === place.visit &&
      context.object === place.object &&
      context.kind === 'recording' &&
      context.consent === consent &&
      tracks[context.track] !== undefined;
    if (!isAbout) return null;
    const signer = {
      algorithm: 'Ed25519',
      publicKey: new Uint8Array(Buffer.from(terms.recorderKey, 'base64url')),
    } as const;
    return { octets, parsed: await checkManifest(octets, { signer, context, hash: null }) };
  } catch (fault) {
    if (fault instanceof VaultError) return null;
    throw fault;
  }
}

/** Whether the stored parts are, by their lengths, exactly the runs and the head that a manifest speaks of. */
export function areAllThere({ runs, head }: ParsedManifest, parts: PartList['parts']): boolean {
  const lengths = runs.map(() => ({ parts: 0, octets: 0 }));
  let headLength: number | null = null;
  for (const { leaf, length } of parts) {
    const [run = '', index] = leaf.split('-');
    if (index === undefined) {
      headLength = length;
      continue;
    }
    const sums = lengths[Number(run)];
    // They come in the order of their names: each is the next of its run.
    if (sums?.parts !== Number(index)) return false;
    sums.parts += 1;
    sums.octets += length;
  }
  const areRunsWhole = runs.every((record, run) => lengths[run]?.octets === fileLength(record));
  return areRunsWhole && headLength === (head === null ? null : fileLength(head));
}
