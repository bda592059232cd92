import { fromBase64url, fromUtf8, toBase64url, utf8 } from './bytes.ts';
import { parseSignedCheckpoint, type SignedCheckpoint } from './checkpoint.ts';
import { AuditFormatError } from './errors.ts';
import { formatNote, maxNoteBytes } from './note.ts';
import { maxProofLength } from './proof.ts';
import { hashLength } from './treeHasher.ts';

// The lines of an exported log (SPEC.md section 7). Each has one spelling, that of RFC 8785, so a pattern for the
// whole line reads it and refuses every other; the entry is cut out as the bytes that were hashed.

/** One place of the log: what it commits to, and what was committed to where that is still there. */
export interface LoggedLeaf {
  readonly index: number;
  /** 32 bytes. */
  readonly commitment: Uint8Array;
  readonly content: LoggedContent | null;
}

/** As it was found: not looked at, not compared with the commitment. */
export interface LoggedContent {
  /** What was hashed: the canonical bytes of an entry, if nobody changed them. */
  readonly encoded: Uint8Array;
  readonly salt: Uint8Array;
}

export interface ExportHeader {
  readonly origin: string;
  /** Number of leaves. */
  readonly size: number;
}

/** An entry with everything that shows it to stand in the log: what a browser needs to check it. */
export interface ProvenEntry {
  readonly leaf: LoggedLeaf;
  /** Sibling hashes, nearest the leaf first. */
  readonly proof: readonly Uint8Array[];
  readonly checkpoint: SignedCheckpoint;
}

const maxLeafLineLength = 8192;
const maxCheckpointLineLength = 2 * maxNoteBytes;
export const maxProvenEntryLength = 2 * maxCheckpointLineLength;

const text = '("(?:[^"\\\\]|\\\\.)*")';
const count = '(0|[1-9][0-9]{0,15})';
const patterns = {
  header: new RegExp(`^\\{"origin":${text},"size":${count},"v":1\\}$`),
  checkpoint: new RegExp(`^\\{"checkpoint":${text}\\}$`),
  provenEntry: new RegExp(`^\\{"checkpoint":${text},"leaf":(\\{.*\\}),"proof":\\[((?:"[\\w-]{43}",?)*)\\],"v":1\\}$`),
};

/** @throws AuditFormatError unless the line is of that kind and not longer */
function match(kind: keyof typeof patterns, line: string, maxLength: number): RegExpExecArray {
  const found = line.length > maxLength ? null : patterns[kind].exec(line);
  if (!found) throw new AuditFormatError('export', `not a line of its kind (${kind})`);
  return found;
}

/** @throws AuditFormatError */
export function parseExportHeader(line: string): ExportHeader {
  const [, origin = '', size = ''] = match('header', line, 1024);
  return { origin: parseText(origin), size: parseCount(size) };
}

export const formatExportHeader = ({ origin, size }: ExportHeader): string => JSON.stringify({ origin, size, v: 1 });

const leafStart = '{"commitment":"';
const saltStart = ',"salt":"';
const hashTextLength = 43;
const entryAt = leafStart.length + hashTextLength + 2;

/**
 * Cut by length, because a log has a million of them: what a pattern would take apart has a fixed length, but for the
 * entry and the index.
 *
 * @throws AuditFormatError if the line isn't one; what it says of the entry isn't looked at
 */
export function parseLeafLine(line: string): LoggedLeaf {
  const saltAt = line.length - 2 - hashTextLength - saltStart.length;
  const hasContent = line.startsWith('"entry":{', entryAt) && line.startsWith(saltStart, saltAt) && line.endsWith('"}');
  const indexAt = hasContent ? line.lastIndexOf('"index":', saltAt) : entryAt;
  const indexEnd = hasContent ? saltAt : line.length - 1;
  const isLeaf =
    line.length <= maxLeafLineLength &&
    line.startsWith(leafStart) &&
    line.startsWith('",', entryAt - 2) &&
    line.startsWith('"index":', indexAt) &&
    line.endsWith('}') &&
    (!hasContent || line.startsWith('},', indexAt - 2)) &&
    !line.includes('\n');
  if (!isLeaf) throw new AuditFormatError('export', 'not a line of its kind (leaf)');
  const commitment = parseHash(line.slice(leafStart.length, leafStart.length + hashTextLength));
  const index = parseCount(line.slice(indexAt + '"index":'.length, indexEnd));
  if (!hasContent) return { index, commitment, content: null };
  const encoded = utf8(line.slice(entryAt + '"entry":'.length, indexAt - 1));
  return { index, commitment, content: { encoded, salt: parseHash(line.slice(saltAt + saltStart.length, -2)) } };
}

/** @throws AuditFormatError if the stored content isn't text of one line in braces, which every entry is */
export function formatLeafLine({ index, commitment, content }: LoggedLeaf): string {
  const start = `{"commitment":"${toBase64url(commitment)}"`;
  if (!content) return `${start},"index":${index}}`;
  const entry = fromUtf8(content.encoded, 'entry');
  if (!/^\{.*\}$/.test(entry)) throw new AuditFormatError('entry', 'not an object');
  return `${start},"entry":${entry},"index":${index},"salt":"${toBase64url(content.salt)}"}`;
}

/** Whether a line is one of those after the leaves. */
export const isCheckpointLine = (line: string): boolean => line.startsWith('{"checkpoint":');

/** @throws AuditFormatError */
export function parseCheckpointLine(line: string): SignedCheckpoint {
  const [, note = ''] = match('checkpoint', line, maxCheckpointLineLength);
  return parseSignedCheckpoint(utf8(parseText(note)));
}

export const formatCheckpointLine = (signed: SignedCheckpoint): string =>
  JSON.stringify({ checkpoint: formatNote(signed.note) });

/** @throws AuditFormatError; proves nothing */
export function parseProvenEntry(line: string): ProvenEntry {
  const [, note = '', leafLine = '', list = ''] = match('provenEntry', line, maxProvenEntryLength);
  const proof = list === '' ? [] : list.split(',');
  if (proof.length > maxProofLength) throw new AuditFormatError('proof', 'too long');
  return {
    leaf: parseLeafLine(leafLine),
    proof: proof.map((quoted) => parseHash(quoted.slice(1, -1))),
    checkpoint: parseSignedCheckpoint(utf8(parseText(note))),
  };
}

export function formatProvenEntry({ leaf, proof, checkpoint }: ProvenEntry): string {
  const note = JSON.stringify(formatNote(checkpoint.note));
  return `{"checkpoint":${note},"leaf":${formatLeafLine(leaf)},"proof":${JSON.stringify(proof.map(toBase64url))},"v":1}`;
}

/** A JSON string in its one spelling. */
function parseText(quoted: string): string {
  let value: unknown;
  try {
    value = JSON.parse(quoted);
  } catch {
    value = null;
  }
  // Half of a pair of surrogates has no spelling in UTF-8.
  if (typeof value !== 'string' || !value.isWellFormed() || JSON.stringify(value) !== quoted) {
    throw new AuditFormatError('export', 'spelling');
  }
  return value;
}

function parseCount(digits: string): number {
  const value = Number(digits);
  if (!Number.isSafeInteger(value) || value < 0 || String(value) !== digits)
    throw new AuditFormatError('export', 'number');
  return value;
}

function parseHash(encoded: string): Uint8Array {
  const bytes = fromBase64url(encoded, 'export');
  if (bytes.length !== hashLength) throw new AuditFormatError('export', 'length of a hash');
  return bytes;
}
