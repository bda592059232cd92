import { concat, equal, fromBase64, fromUtf8, toBase64, utf8 } from './bytes.ts';
import { AuditFormatError } from './errors.ts';
import type { Sha256 } from './treeHasher.ts';

/**
 * C2SP signed notes (https://c2sp.org/signed-note): text, an empty line, then one line a signature,
 * `— NAME BASE64(key id ‖ signature)`.
 */
export interface NoteSignature {
  readonly name: string;
  /** First 4 bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key). */
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
}

export interface Note {
  /** What is signed: ends in a newline, and so do all its lines. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** Signature types of C2SP's registry that this package knows. */
export const noteKeyTypes = { ed25519: 0x01, cosignatureV1: 0x04 } as const;
export type NoteKeyType = (typeof noteKeyTypes)[keyof typeof noteKeyTypes];

/** Who signs, and how to check it: C2SP's verifier key. */
export interface VerifierKey {
  readonly name: string;
  readonly type: NoteKeyType;
  readonly keyId: Uint8Array;
  /** Raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
}

/** Signs with the private half of `key`; where that half lives is the caller's affair. */
export interface NoteSigner {
  readonly key: VerifierKey;
  /** Ed25519 (RFC 8032), 64 bytes. */
  sign(message: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
}

export const maxNoteBytes = 64 * 1024;
const maxSignatures = 32;
const namePattern = /^[^\s+\p{Cc}]{1,200}$/u;

function keyIdOf(name: string, type: NoteKeyType, publicKey: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(concat(utf8(`${name}\n`), Uint8Array.of(type), publicKey)).slice(0, 4);
}

/** @throws AuditFormatError if the name has a space, a plus or a control character, or the key isn't 32 bytes */
export function createVerifierKey(
  name: string,
  type: NoteKeyType,
  publicKey: Uint8Array<ArrayBuffer>,
  sha256: Sha256,
): VerifierKey {
  if (!namePattern.test(name)) throw new AuditFormatError('verifierKey', 'name');
  if (publicKey.length !== 32) throw new AuditFormatError('verifierKey', 'length');
  return { name, type, keyId: keyIdOf(name, type, publicKey, sha256), publicKey };
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** `NAME+KEYID+BASE64(type ‖ public key)`: one line to hand around. */
export const formatVerifierKey = (key: VerifierKey): string =>
  `${key.name}+${hex(key.keyId)}+${toBase64(concat(Uint8Array.of(key.type), key.publicKey))}`;

/** @throws AuditFormatError if it isn't one of ours, or its id isn't that of its key */
export function parseVerifierKey(text: string, sha256: Sha256): VerifierKey {
  const match = /^([^+]{1,200})\+([0-9a-f]{8})\+([A-Za-z0-9+/=]{1,64})$/.exec(text);
  if (!match) throw new AuditFormatError('verifierKey', 'shape');
  const [, name = '', id, encoded = ''] = match;
  const bytes = fromBase64(encoded, 'verifierKey');
  const type = Object.values(noteKeyTypes).find((known) => known === bytes[0]);
  if (type === undefined) throw new AuditFormatError('verifierKey', 'type');
  const key = createVerifierKey(name, type, bytes.slice(1), sha256);
  if (hex(key.keyId) !== id) throw new AuditFormatError('verifierKey', 'id');
  return key;
}

const signatureLine = (signature: NoteSignature): string =>
  `— ${signature.name} ${toBase64(concat(signature.keyId, signature.signature))}\n`;

/** The signature lines alone, as a witness answers them. */
export const formatSignatures = (signatures: readonly NoteSignature[]): string =>
  signatures.map(signatureLine).join('');

export const formatNote = (note: Note): string => `${note.text}\n${formatSignatures(note.signatures)}`;

/**
 * At most 32 lines, each of any type and length: those of unknown keys are for the caller to ignore.
 *
 * @throws AuditFormatError
 */
export function parseSignatures(text: string): NoteSignature[] {
  if (!text.endsWith('\n')) throw new AuditFormatError('note', 'signature line without end');
  const lines = text.slice(0, -1).split('\n');
  if (lines.length > maxSignatures) throw new AuditFormatError('note', 'too many signatures');
  return lines.map((line) => {
    // As long as the note allows: keys that nobody here knows may sign at length.
    const match = /^— ([^\s+\p{Cc}]{1,200}) ([A-Za-z0-9+/=]+)$/u.exec(line);
    if (!match) throw new AuditFormatError('note', 'signature line');
    const bytes = fromBase64(match[2] ?? '', 'note');
    if (bytes.length <= 4) throw new AuditFormatError('note', 'signature length');
    return { name: match[1] ?? '', keyId: bytes.slice(0, 4), signature: bytes.slice(4) };
  });
}

/**
 * Parses; says nothing of who signed.
 *
 * @throws AuditFormatError for anything that C2SP's grammar doesn't allow, and over 64 KiB
 */
export function parseNote(bytes: Uint8Array): Note {
  if (bytes.length > maxNoteBytes) throw new AuditFormatError('note', 'too large');
  const whole = fromUtf8(bytes, 'note');
  if (/[^\P{Cc}\n]/u.test(whole)) throw new AuditFormatError('note', 'control character');
  const split = whole.lastIndexOf('\n\n');
  if (split < 0) throw new AuditFormatError('note', 'no signatures');
  return { text: whole.slice(0, split + 1), signatures: parseSignatures(whole.slice(split + 2)) };
}

/** The signatures that claim to be by this key: name and id agree. One that checks is enough; the others say nothing. */
export const signaturesBy = (note: Pick<Note, 'signatures'>, key: VerifierKey): NoteSignature[] =>
  note.signatures.filter((signature) => signature.name === key.name && equal(signature.keyId, key.keyId));

/** Whether a signature of a message checks. */
export type Ed25519Verifier = (signature: Uint8Array, message: Uint8Array<ArrayBuffer>) => Promise<boolean>;

/** Ed25519 by the platform's WebCrypto; the key is imported once. */
export async function openVerifier({ publicKey }: Pick<VerifierKey, 'publicKey'>): Promise<Ed25519Verifier> {
  const key = await crypto.subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify']);
  return async (signature, message) =>
    signature.length === 64 && crypto.subtle.verify('Ed25519', key, new Uint8Array(signature), message);
}

/** A note of this text with one signature. @param text ends in a newline, and so do all its lines */
export async function signNote(text: string, signer: NoteSigner): Promise<Note> {
  const { name, keyId } = signer.key;
  return { text, signatures: [{ name, keyId, signature: await signer.sign(utf8(text)) }] };
}

/**
 * A signature of the note's text by this key: one that checks is enough. Null if there is none.
 *
 * @param opened the key's verifier, where many are looked at
 */
export async function signatureBy(
  note: Note,
  key: VerifierKey,
  opened?: Ed25519Verifier,
): Promise<NoteSignature | null> {
  const claims = signaturesBy(note, key);
  if (claims.length === 0) return null;
  const message = utf8(note.text);
  const verify = opened ?? (await openVerifier(key));
  for (const claimed of claims) if (await verify(claimed.signature, message)) return claimed;
  return null;
}
