import { fromBase64url, toBase64url, utf8 } from './bytes.ts';
import { AuditFormatError } from './errors.ts';
import {
  formatNote,
  maxNoteBytes,
  type NoteSigner,
  noteKeyTypes,
  parseNote,
  signatureBy,
  signNote,
  type VerifierKey,
} from './note.ts';
import { hashLength } from './treeHasher.ts';

/** A bundle of evidence (SPEC.md section 7.2): what its manifest says of one file. */
export interface EvidenceFile {
  /** Below the bundle's folder, `/` between its parts. */
  readonly path: string;
  /** Octets. */
  readonly size: number;
  /** SHA-256, 32 bytes. */
  readonly hash: Uint8Array;
}

export interface EvidenceManifest {
  /** What it is evidence of, such as `incident <id>`; no person is named in it. */
  readonly about: string;
  /** ISO 8601, UTC, milliseconds. */
  readonly madeAt: string;
  /** By their paths. */
  readonly files: readonly EvidenceFile[];
}

/** No checkpoint begins so: the second line of one is a number. */
const firstLine = 'sotto evidence v1';
const maxFiles = 400;
const aboutPattern = /^[\x21-\x7e]+(?: [\x21-\x7e]+){0,9}$/;
const maxAboutLength = 100;
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** Letters, digits, `.`, `_` and `-`; no part begins with a dot. */
const pathPattern = /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/;
const maxPathLength = 100;

const refuse = (what: string): never => {
  throw new AuditFormatError('evidence', what);
};

const isTime = (text: string): boolean => timePattern.test(text) && !Number.isNaN(Date.parse(text));

/** @throws AuditFormatError unless it is one that SPEC.md section 7.2 allows */
function check({ about, madeAt, files }: EvidenceManifest): void {
  if (!aboutPattern.test(about) || about.length > maxAboutLength) refuse('what it is about');
  if (!isTime(madeAt)) refuse('time');
  if (files.length === 0 || files.length > maxFiles) refuse('number of files');
  for (const [index, { path, size, hash }] of files.entries()) {
    const before = files[index - 1];
    if (!pathPattern.test(path) || path.length > maxPathLength) refuse('path');
    if (before !== undefined && before.path >= path) refuse('order');
    if (!Number.isSafeInteger(size) || size < 0 || hash.length !== hashLength) refuse('size or hash');
  }
}

function format(manifest: EvidenceManifest): string {
  check(manifest);
  const { about, madeAt, files } = manifest;
  const lines = files.map(({ path, size, hash }) => `${toBase64url(hash)} ${size} ${path}`);
  return `${[firstLine, `about ${about}`, `made ${madeAt}`, ...lines].join('\n')}\n`;
}

function parse(text: string): EvidenceManifest {
  const [first, about = '', made = '', ...rest] = text.split('\n');
  if (first !== firstLine || !about.startsWith('about ') || !made.startsWith('made ') || rest.pop() !== '') {
    return refuse('not one of this version');
  }
  const files = rest.map((line) => {
    const [, hash = '', size = '', path = ''] = /^([\w-]{43}) (0|[1-9]\d{0,15}) (\S+)$/.exec(line) ?? [];
    return { path, size: Number(size), hash: fromBase64url(hash, 'evidence') };
  });
  const manifest = { about: about.slice('about '.length), madeAt: made.slice('made '.length), files };
  check(manifest);
  return manifest;
}

/** The manifest as a signed note, by the key that signs the log. @throws AuditFormatError */
export async function signEvidence(manifest: EvidenceManifest, signer: NoteSigner): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = utf8(formatNote(await signNote(format(manifest), signer)));
  if (bytes.length > maxNoteBytes) refuse('too large');
  return bytes;
}

/** @returns null unless that key signed it @throws AuditFormatError if it is no manifest */
export async function openEvidence(bytes: Uint8Array, key: VerifierKey): Promise<EvidenceManifest | null> {
  const note = parseNote(bytes);
  const manifest = parse(note.text);
  if (key.type !== noteKeyTypes.ed25519) return null;
  return (await signatureBy(note, key)) === null ? null : manifest;
}
