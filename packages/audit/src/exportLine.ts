import * as z from 'zod';
import { fromBase64url, toBase64url, utf8 } from './bytes.ts';
import { parseSignedCheckpoint, type SignedCheckpoint } from './checkpoint.ts';
import { type Entry, encodeEntry, entry } from './entry.ts';
import { AuditFormatError } from './errors.ts';
import { formatNote, maxNoteBytes } from './note.ts';
import { maxProofLength } from './proof.ts';
import { hashLength } from './treeHasher.ts';

/** The lines of an exported log (SPEC.md section 7). */
export const maxLineLength = 8192;

const header = z.strictObject({
  v: z.literal(1),
  origin: z.string().min(1).max(200),
  size: z.int().nonnegative(),
});
export type ExportHeader = z.infer<typeof header>;

const hash = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const leafLine = z.union([
  z.strictObject({ index: z.int().nonnegative(), commitment: hash, salt: hash, entry }),
  z.strictObject({ index: z.int().nonnegative(), commitment: hash }),
]);

/** One place of the log: what it commits to, and the entry where that is still there. */
export interface LoggedLeaf {
  readonly index: number;
  readonly commitment: Uint8Array;
  readonly content: LoggedContent | null;
}

export interface LoggedContent {
  readonly entry: Entry;
  /** The canonical bytes of the entry: what was hashed. */
  readonly encoded: Uint8Array;
  readonly salt: Uint8Array;
}

function parseJson<T>(line: string, schema: z.ZodType<T>, max = maxLineLength): T {
  if (line.length > max) throw new AuditFormatError('export', 'line too long');
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    throw new AuditFormatError('export', 'not JSON');
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new AuditFormatError('export', 'shape of a line');
  return parsed.data;
}

/** @throws AuditFormatError */
export const parseExportHeader = (line: string): ExportHeader => parseJson(line, header);

export const formatExportHeader = (value: Omit<ExportHeader, 'v'>): string => JSON.stringify({ v: 1, ...value });

/** @throws AuditFormatError */
export function parseLeafLine(line: string): LoggedLeaf {
  return toLeaf(parseJson(line, leafLine));
}

const checkpointLine = z.strictObject({ checkpoint: z.string().min(1).max(maxNoteBytes) });
const checkpointStart = '{"checkpoint":';

/** Whether a line is one of those after the leaves. */
export const isCheckpointLine = (line: string): boolean => line.startsWith(checkpointStart);

/** @throws AuditFormatError */
export const parseCheckpointLine = (line: string): SignedCheckpoint =>
  parseSignedCheckpoint(utf8(parseJson(line, checkpointLine, 2 * maxNoteBytes).checkpoint));

export const formatCheckpointLine = (signed: SignedCheckpoint): string =>
  JSON.stringify({ checkpoint: formatNote(signed.note) });

/** An entry with everything that shows it to stand in the log: what a browser needs to check it. */
export interface ProvenEntry {
  readonly leaf: LoggedLeaf;
  /** Sibling hashes, nearest the leaf first. */
  readonly proof: readonly Uint8Array[];
  readonly checkpoint: SignedCheckpoint;
}

const provenEntry = z.strictObject({
  v: z.literal(1),
  leaf: leafLine,
  proof: z.array(hash).max(maxProofLength),
  checkpoint: z.string().min(1).max(maxNoteBytes),
});

/** @throws AuditFormatError */
export function parseProvenEntry(text: string): ProvenEntry {
  const parsed = parseJson(text, provenEntry, 2 * maxNoteBytes);
  return {
    leaf: toLeaf(parsed.leaf),
    proof: parsed.proof.map(hashFromText),
    checkpoint: parseSignedCheckpoint(utf8(parsed.checkpoint)),
  };
}

export const formatProvenEntry = ({ leaf, proof, checkpoint }: ProvenEntry): string =>
  JSON.stringify({
    v: 1,
    leaf: leafObject(leaf),
    proof: proof.map(toBase64url),
    checkpoint: formatNote(checkpoint.note),
  });

function toLeaf(parsed: z.infer<typeof leafLine>): LoggedLeaf {
  const commitment = hashFromText(parsed.commitment);
  if (!('entry' in parsed)) return { index: parsed.index, commitment, content: null };
  const content = { entry: parsed.entry, encoded: encodeEntry(parsed.entry), salt: hashFromText(parsed.salt) };
  return { index: parsed.index, commitment, content };
}

export const formatLeafLine = (leaf: LoggedLeaf): string => JSON.stringify(leafObject(leaf));

function leafObject({ index, commitment, content }: LoggedLeaf): z.infer<typeof leafLine> {
  const bare = { index, commitment: toBase64url(commitment) };
  return content ? { ...bare, salt: toBase64url(content.salt), entry: content.entry } : bare;
}

function hashFromText(text: string): Uint8Array {
  const bytes = fromBase64url(text, 'export');
  if (bytes.length !== hashLength) throw new AuditFormatError('export', 'length of a hash');
  return bytes;
}
