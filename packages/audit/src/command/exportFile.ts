import { createReadStream } from 'node:fs';
import type { SignedCheckpoint } from '../checkpoint.ts';
import { AuditFormatError } from '../errors.ts';
import {
  type ExportHeader,
  isCheckpointLine,
  type LoggedLeaf,
  parseCheckpointLine,
  parseExportHeader,
  parseLeafLine,
} from '../exportLine.ts';
import type { Finding } from '../finding.ts';

/** Longer than any line may be: what goes on for so long without an end isn't read into memory. */
const maxPending = 1 << 20;

/** What an export holds beside its leaves. */
export interface ExportRest {
  readonly header: ExportHeader;
  readonly checkpoints: readonly SignedCheckpoint[];
  /** Lines that aren't what they should be. */
  readonly findings: readonly Finding[];
}

/**
 * Reads an exported log (SPEC.md section 7) once.
 *
 * @param open is told the header, and says what takes the leaves
 * @throws AuditFormatError if the file doesn't begin like one, or a line has no end
 */
export async function readExport(
  path: string,
  open: (header: ExportHeader) => (leaf: LoggedLeaf) => void,
): Promise<ExportRest> {
  let header: ExportHeader | null = null;
  let take: (leaf: LoggedLeaf) => void = () => undefined;
  const checkpoints: SignedCheckpoint[] = [];
  const findings: Finding[] = [];
  let number = 0;
  for await (const lines of linesOf(path)) {
    for (const line of lines) {
      number += 1;
      if (header === null) {
        header = parseExportHeader(line);
        take = open(header);
        continue;
      }
      try {
        if (isCheckpointLine(line)) checkpoints.push(parseCheckpointLine(line));
        else take(parseLeafLine(line));
      } catch (error) {
        if (!(error instanceof AuditFormatError)) throw error;
        findings.push({ tag: 'unreadable', line: number });
      }
    }
  }
  if (header === null) throw new AuditFormatError('export', 'empty');
  return { header, checkpoints, findings };
}

/** The lines of a file, many at a time: one at a time takes longer than checking it. */
async function* linesOf(path: string): AsyncGenerator<string[]> {
  let pending = '';
  for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 18 })) {
    const lines = `${pending}${String(chunk)}`.split('\n');
    pending = lines.pop() ?? '';
    if (pending.length > maxPending) throw new AuditFormatError('export', 'line too long');
    yield lines;
  }
  if (pending !== '') yield [pending];
}
