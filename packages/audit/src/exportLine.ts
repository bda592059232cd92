import * as z from 'zod';
import { fromBase64url, toBase64url } from './bytes.ts';
import { type Entry, encodeEntry, entry } from './entry.ts';
import { AuditFormatError } from './errors.ts';
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

function parseJson<T>(line: string, schema: z.ZodType<T>): T {
  if (line.length > maxLineLength) throw new AuditFormatError('export', 'line too long');
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
  const parsed = parseJson(line, leafLine);
  const commitment = hashFromText(parsed.commitment);
  if (!('entry' in parsed)) return { index: parsed.index, commitment, content: null };
  const content = { entry: parsed.entry, encoded: encodeEntry(parsed.entry), salt: hashFromText(parsed.salt) };
  return { index: parsed.index, commitment, content };
}

export function formatLeafLine(leaf: LoggedLeaf): string {
  const { index, content } = leaf;
  const commitment = toBase64url(leaf.commitment);
  return JSON.stringify(
    content ? { index, commitment, salt: toBase64url(content.salt), entry: content.entry } : { index, commitment },
  );
}

function hashFromText(text: string): Uint8Array {
  const bytes = fromBase64url(text, 'export');
  if (bytes.length !== hashLength) throw new AuditFormatError('export', 'length of a hash');
  return bytes;
}
