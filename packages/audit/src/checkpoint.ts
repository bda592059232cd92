import { concat, fromBase64, toBase64, uint64, utf8 } from './bytes.ts';
import { AuditFormatError } from './errors.ts';
import {
  type Ed25519Verifier,
  formatNote,
  type Note,
  type NoteSignature,
  type NoteSigner,
  noteKeyTypes,
  openVerifier,
  parseNote,
  signatureBy,
  signaturesBy,
  signNote,
  type VerifierKey,
} from './note.ts';
import { hashLength } from './treeHasher.ts';

/**
 * What a log states of itself (https://c2sp.org/tlog-checkpoint): its name, how many entries it has, and the root
 * of the tree over them. Extension lines aren't used and are refused.
 */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** A checkpoint with everybody who signed it. */
export interface SignedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly note: Note;
}

export const formatCheckpoint = (checkpoint: Checkpoint): string =>
  `${checkpoint.origin}\n${checkpoint.size}\n${toBase64(checkpoint.root)}\n`;

/** @throws AuditFormatError */
export function parseCheckpoint(text: string): Checkpoint {
  const match = /^([^\n]{1,200})\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/=]{44})\n$/u.exec(text);
  if (!match) throw new AuditFormatError('checkpoint', 'shape');
  const size = Number(match[2]);
  if (!Number.isSafeInteger(size)) throw new AuditFormatError('checkpoint', 'size');
  const root = fromBase64(match[3] ?? '', 'checkpoint');
  if (root.length !== hashLength) throw new AuditFormatError('checkpoint', 'root');
  return { origin: match[1] ?? '', size, root };
}

/** @throws AuditFormatError */
export function parseSignedCheckpoint(bytes: Uint8Array): SignedCheckpoint {
  const note = parseNote(bytes);
  return { checkpoint: parseCheckpoint(note.text), note };
}

/** The log's own signature: Ed25519 over the checkpoint's text. */
export async function signCheckpoint(checkpoint: Checkpoint, signer: NoteSigner): Promise<SignedCheckpoint> {
  return { checkpoint, note: await signNote(formatCheckpoint(checkpoint), signer) };
}

export const encodeSignedCheckpoint = (signed: SignedCheckpoint): Uint8Array<ArrayBuffer> =>
  utf8(formatNote(signed.note));

/**
 * The log's own signature, by this key for this origin: one that checks is enough. Null if there is none.
 *
 * @param opened the key's verifier, where many are looked at
 */
export async function signatureByLog(
  signed: SignedCheckpoint,
  log: VerifierKey,
  opened?: Ed25519Verifier,
): Promise<NoteSignature | null> {
  if (log.type !== noteKeyTypes.ed25519 || signed.checkpoint.origin !== log.name) return null;
  return signatureBy(signed.note, log, opened);
}

/** Whether the log itself signed. */
export const signedByLog = async (signed: SignedCheckpoint, log: VerifierKey): Promise<boolean> =>
  (await signatureByLog(signed, log)) !== null;

/** What a witness signs (https://c2sp.org/tlog-cosignature): the time, then the checkpoint's text. */
const cosignedMessage = (seconds: number, text: string): Uint8Array<ArrayBuffer> =>
  utf8(`cosignature/v1\ntime ${seconds}\n${text}`);

/**
 * A witness's statement: at that time, this was the largest consistent checkpoint of the log that it had seen.
 *
 * @param seconds Unix time
 */
export async function cosign(checkpoint: Checkpoint, signer: NoteSigner, seconds: number): Promise<NoteSignature> {
  const signature = await signer.sign(cosignedMessage(seconds, formatCheckpoint(checkpoint)));
  return { name: signer.key.name, keyId: signer.key.keyId, signature: concat(uint64(seconds), signature) };
}

/** When this witness cosigned, in Unix seconds; null if it didn't, or its signature doesn't check. */
export async function cosignedAt(
  signed: SignedCheckpoint,
  witness: VerifierKey,
  opened?: Ed25519Verifier,
): Promise<number | null> {
  if (witness.type !== noteKeyTypes.cosignatureV1) return null;
  const claims = signaturesBy(signed.note, witness);
  if (claims.length === 0) return null;
  const verify = opened ?? (await openVerifier(witness));
  for (const { signature } of claims) {
    if (signature.length !== 72) continue;
    const seconds = new DataView(signature.buffer, signature.byteOffset, 8).getBigUint64(0);
    if (seconds > BigInt(Number.MAX_SAFE_INTEGER)) continue;
    const message = cosignedMessage(Number(seconds), signed.note.text);
    if (await verify(signature.slice(8), message)) return Number(seconds);
  }
  return null;
}

/** The same checkpoint with one more signature. */
export const withSignature = (signed: SignedCheckpoint, signature: NoteSignature): SignedCheckpoint => ({
  checkpoint: signed.checkpoint,
  note: { text: signed.note.text, signatures: [...signed.note.signatures, signature] },
});
