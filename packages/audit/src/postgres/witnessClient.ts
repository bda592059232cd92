import { fromUtf8, toBase64, utf8 } from '../bytes.ts';
import { cosignedAt, encodeSignedCheckpoint, type SignedCheckpoint, withSignature } from '../checkpoint.ts';
import { parseSignatures, type VerifierKey } from '../note.ts';

/** How a log reaches its witness: https://c2sp.org/tlog-witness. */
export interface WitnessClient {
  readonly key: VerifierKey;
  /** Posts to `/add-checkpoint`. @throws anything if the witness can't be reached */
  addCheckpoint(body: Uint8Array): Promise<{ status: number; body: string }>;
}

/** What a witness said to a checkpoint. */
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
      const size = Number(/^(\d{1,16})\n$/.exec(body)?.[1] ?? Number.NaN);
      if (!Number.isSafeInteger(size)) return silent;
      return size === oldSize ? { tag: 'otherLog' } : { tag: 'elsewhere', size };
    }
    if (status !== 200) return silent;
    const [signature] = parseSignatures(body);
    if (!signature) return silent;
    const checkpoint = withSignature(signed, signature);
    return (await cosignedAt(checkpoint, witness.key)) === null ? silent : { tag: 'cosigned', checkpoint };
  } catch {
    return silent;
  }
}
