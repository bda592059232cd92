import { fromUtf8, toBase64, utf8 } from '../bytes.ts';
import {
  cosignedAt,
  encodeSignedCheckpoint,
  parseSignedCheckpoint,
  type SignedCheckpoint,
  signedByLog,
  withSignature,
} from '../checkpoint.ts';
import { parseSignatures, type VerifierKey } from '../note.ts';

/** How a log reaches its witness: https://c2sp.org/tlog-witness. */
export interface WitnessClient {
  readonly key: VerifierKey;
  /** Posts to `/add-checkpoint`. @throws anything if the witness can't be reached */
  addCheckpoint(body: Uint8Array): Promise<{ status: number; body: string }>;
  /**
   * The largest checkpoint of a log that the witness has cosigned, as a signed note; null if it tells of none. Without
   * it, or without an answer, a witness that says that it knows more than there is isn't believed.
   *
   * @throws anything if the witness can't be reached
   */
  latestCheckpoint?(origin: string): Promise<Uint8Array | null>;
}

/** What a witness said to a checkpoint. Only `cosigned` carries a signature: whoever is on the way can say the rest. */
export type WitnessReply =
  | { readonly tag: 'cosigned'; readonly checkpoint: SignedCheckpoint }
  /** It knows the log with so many entries, and not with those that it was told of. */
  | { readonly tag: 'elsewhere'; readonly size: number }
  /** It knows another log of the very size. */
  | { readonly tag: 'otherLog' }
  /** It can't be reached, or says what no witness says. */
  | { readonly tag: 'silent' };

const silent: WitnessReply = { tag: 'silent' };

/**
 * Asks a witness to cosign.
 *
 * @param oldSize the size of the log that it is thought to know
 * @param proof that the checkpoint extends the log of that size
 */
export async function askWitness(
  witness: WitnessClient,
  signed: SignedCheckpoint,
  oldSize: number,
  proof: readonly Uint8Array[],
): Promise<WitnessReply> {
  const lines = [`old ${oldSize}`, ...proof.map(toBase64), '', ''].join('\n');
  try {
    const { status, body } = await witness.addCheckpoint(
      utf8(lines + fromUtf8(encodeSignedCheckpoint(signed), 'note')),
    );
    if (status === 422) return { tag: 'otherLog' };
    if (status === 409) {
      const size = Number(/^(0|[1-9]\d{0,15})\n$/.exec(body)?.[1] ?? Number.NaN);
      if (!Number.isSafeInteger(size)) return silent;
      return size === oldSize ? { tag: 'otherLog' } : { tag: 'elsewhere', size };
    }
    if (status !== 200) return silent;
    // It may cosign with keys that we don't know as well.
    for (const signature of parseSignatures(body)) {
      const checkpoint = withSignature(signed, signature);
      const isOwn =
        (await cosignedAt({ ...signed, note: { ...signed.note, signatures: [signature] } }, witness.key)) !== null;
      if (isOwn) return { tag: 'cosigned', checkpoint };
    }
    return silent;
  } catch {
    return silent;
  }
}

/**
 * What the witness can show of the log: a checkpoint that the log signed and it cosigned. Null if it shows none.
 *
 * @param log the log's own key
 */
export async function askLatest(witness: WitnessClient, log: VerifierKey): Promise<SignedCheckpoint | null> {
  try {
    const note = (await witness.latestCheckpoint?.(log.name)) ?? null;
    const shown = note && parseSignedCheckpoint(note);
    const isShown = shown && (await signedByLog(shown, log)) && (await cosignedAt(shown, witness.key)) !== null;
    return isShown ? shown : null;
  } catch {
    return null;
  }
}
